import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { expectSame, normals, openBackends } from './on-backends.js';

beforeAll(openBackends);

/** A shape, and one that is broadcast to it: some sizes 1, and the first ones left out. */
const drawn = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    ones: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
    first: fc.nat(shape.length - 1),
    seed: fc.nat(1e6),
  }),
);

describe('prelu', () => {
  it('is the cpu backend however slopes are broadcast', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async ({ shape, ones, first, seed }) => {
        const slopes = shape.map((size, axis) => (ones[axis] ? 1 : size)).slice(first);
        await expectSame(
          [normals(shape, seed), normals(slopes, seed + 1)],
          ([x, slopes]) => [tf.prelu(x as tf.Tensor, slopes as tf.Tensor)],
          ([x, slopes]) => [tf.mul(tf.abs(x as tf.Tensor), tf.add(1, slopes as tf.Tensor))],
        );
      }),
      { numRuns: 100 },
    );
  });
});
