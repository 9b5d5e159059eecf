import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSame, normals, openBackends } from './on-backends.js';

beforeAll(openBackends);

const small = fc.integer({ min: 1, max: 6 });

describe('unsortedSegmentSum', () => {
  it('is the cpu backend; rows of no segment are left out', async () => {
    const drawn = fc.record({ rest: fc.array(small, { maxLength: 3 }), segments: small, seed: fc.nat(1e6) });
    const ids = fc.array(fc.integer({ min: -2, max: 8 }), { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(drawn, ids, async ({ rest, segments, seed }, ids) => {
        await expectSame([normals([ids.length, ...rest], seed)], ([x]) => [
          tf.unsortedSegmentSum(x, tf.tensor1d(ids, 'int32'), segments),
        ]);
      }),
      { numRuns: 100 },
    );
  });

  it('is exact to the last digits over many rows', async () => {
    await tf.setBackend('wasm');
    const rows = 1 << 18;
    const found = tf.tidy(() =>
      tf.unsortedSegmentSum(tf.fill([rows, 1], 0.1), tf.zeros([rows], 'int32') as tf.Tensor1D, 1).dataSync<'float32'>(),
    );
    expect(found[0]).toBe(Math.fround(Math.fround(0.1) * rows));
  });

  it('makes the gradient of gather that of the cpu backend, along each axis', async () => {
    const drawn = fc.record({
      shape: fc.array(small, { minLength: 1, maxLength: 4 }),
      axis: fc.nat(3),
      picks: fc.array(fc.nat(99), { minLength: 1, maxLength: 7 }),
      seed: fc.nat(1e6),
    });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ shape, axis: drawnAxis, picks, seed }) => {
        const axis = drawnAxis % shape.length;
        const indices = picks.map((pick) => pick % shape[axis]);
        const inputs = [normals(shape, seed), normals(shape.with(axis, indices.length), seed + 1)];
        await expectSame(inputs, ([x, dy]) => [
          tf.grad((x) => tf.gather(x, tf.tensor1d(indices, 'int32'), axis))(x, dy),
        ]);
      }),
      { numRuns: 100 },
    );
  });
});
