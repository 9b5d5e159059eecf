import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { expectSame, normals, openBackends } from './on-backends.js';

beforeAll(openBackends);

const tensors = fc.array(fc.constantFrom(1, 2, 3, 5, 8, 9, 16, 17, 33), { minLength: 1, maxLength: 4 }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axes: fc.oneof(fc.constant(undefined), fc.subarray(shape.map((_, axis) => axis))),
    keepDims: fc.boolean(),
    seed: fc.nat(1e6),
  }),
);

describe('sum', () => {
  it('is the cpu backend over any axes', async () => {
    await fc.assert(
      fc.asyncProperty(tensors, async ({ shape, axes, keepDims, seed }) => {
        await expectSame([normals(shape, seed)], ([x]) => [tf.sum(x as tf.Tensor, axes, keepDims)]);
      }),
      { numRuns: 100 },
    );
  });

  it('goes through many rows block by block, and keeps whole numbers', async () => {
    await expectSame([normals([40_000, 9], 1)], ([x]) => [
      tf.sum(x as tf.Tensor, 0),
      tf.cast(tf.sum(tf.cast(x as tf.Tensor, 'int32'), 0), 'float32'),
    ]);
  });

  it('of no rows is zeros', async () => {
    await expectSame([normals([0, 9], 1)], ([x]) => [tf.sum(x as tf.Tensor, 0)]);
  });
});
