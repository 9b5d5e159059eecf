import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { expectSame, normals, openBackends } from './on-backends.js';

beforeAll(openBackends);

const side = fc.integer({ min: 3, max: 6 });
const small = fc.integer({ min: 1, max: 3 });

describe('conv3d', () => {
  it('has the gradients of the cpu backend by its input and by its filter', async () => {
    const drawn = fc.record({
      sizes: fc.tuple(small, side, side, side, small),
      kernel: fc.tuple(small, small, small),
      filters: fc.integer({ min: 1, max: 9 }),
      strides: fc.tuple(small, small, small),
      pad: fc.constantFrom('same', 'valid' as const),
      seed: fc.nat(1e6),
    });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ sizes, kernel, filters, strides, pad, seed }) => {
        const filter: [number, number, number, number, number] = [...kernel, sizes[4], filters];
        const out = tf.backend_util.computeConv3DInfo(sizes, filter, strides, 1, pad).outShape;
        const inputs = [normals(sizes, seed), normals(filter, seed + 1), normals(out, seed + 2)];
        await expectSame(inputs, ([x, filter, dy]) =>
          tf.grads((x, filter) => tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, strides, pad))([x, filter], dy),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('of one sample without its batch has them too', async () => {
    const inputs = [normals([4, 5, 3, 2], 1), normals([2, 3, 1, 2, 3], 2), normals([3, 3, 3, 3], 3)];
    await expectSame(inputs, ([x, filter, dy]) =>
      tf.grads((x, filter) => tf.conv3d(x as tf.Tensor4D, filter as tf.Tensor5D, 1, 'valid'))([x, filter], dy),
    );
  });
});
