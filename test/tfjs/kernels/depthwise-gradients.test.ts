import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { answerOn, expectOneSum, expectSame, normals, openBackends } from './on-backends.js';

beforeAll(openBackends);

const small = fc.integer({ min: 1, max: 3 });

const convolutions = fc.record({
  x: fc.tuple(small, fc.integer({ min: 4, max: 9 }), fc.integer({ min: 4, max: 9 }), fc.constantFrom(1, 3, 8, 11, 16)),
  kernel: fc.tuple(small, small),
  multiplier: small,
  strides: fc.tuple(small, small),
  pad: fc.constantFrom('same' as const, 'valid' as const),
  seed: fc.nat(1e6),
});

const tensor4d = (tensor: tf.Tensor | undefined): tf.Tensor4D => tensor as tf.Tensor4D;

describe('depthwiseConv2d', () => {
  it('has the gradients of the cpu backend', async () => {
    await fc.assert(
      fc.asyncProperty(convolutions, async ({ x, kernel, multiplier, strides, pad, seed }) => {
        const inputs = [normals(x, seed), normals([...kernel, x[3], multiplier], seed + 1)];
        await expectSame(inputs, ([x, filter]) =>
          tf.grads((x, filter) => {
            const y = tf.depthwiseConv2d(tensor4d(x), tensor4d(filter), strides, pad);
            return tf.mul(y, tf.reshape(tf.range(0, y.size), y.shape));
          })([tensor4d(x), tensor4d(filter)]),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('has the adjoints of a dilated convolution, which no other backend has', async () => {
    await fc.assert(
      fc.asyncProperty(
        convolutions,
        fc.tuple(small, small),
        async ({ x, kernel, multiplier, pad, seed }, dilations) => {
          fc.pre(pad === 'same');
          const filterShape = [...kernel, x[3], multiplier] as [number, number, number, number];
          const inputs = [normals(x, seed), normals(filterShape, seed + 1)];
          const { values } = await answerOn('wasm', inputs, ([x, filter]) => {
            const y = tf.depthwiseConv2d(tensor4d(x), tensor4d(filter), 1, pad, 'NHWC', dilations);
            const attrs = { strides: 1, pad, dilations, inputShape: tensor4d(x).shape, filterShape };
            const run = (name: string, inputs: tf.NamedTensorMap): tf.Tensor =>
              tf.engine().runKernel(name, inputs, attrs);
            const dx = run('DepthwiseConv2dNativeBackpropInput', { dy: y, filter: tensor4d(filter) });
            const df = run('DepthwiseConv2dNativeBackpropFilter', { x: tensor4d(x), dy: y });
            return [tf.square(y), tf.mul(dx, tensor4d(x)), tf.mul(df, tensor4d(filter))];
          });
          // Both are the norm of y: a convolution is linear in each of the two.
          expectOneSum(values);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('of no channels gives nothing, and gradients of nothing', async () => {
    await expectSame([normals([2, 5, 5, 0], 1), normals([3, 3, 0, 2], 2)], ([x, filter]) => [
      tf.depthwiseConv2d(tensor4d(x), tensor4d(filter), 1, 'same'),
      ...tf.grads((x, filter) => tf.depthwiseConv2d(tensor4d(x), tensor4d(filter), 1, 'same'))([
        tensor4d(x),
        tensor4d(filter),
      ]),
    ]);
  });

  it('goes through many images block by block', async () => {
    const inputs = [normals([150, 13, 11, 9], 1), normals([3, 3, 9, 2], 2), normals([150, 7, 6, 18], 3)];
    await expectSame(inputs, ([x, filter, dy]) =>
      tf.grads((x, filter) => tf.depthwiseConv2d(tensor4d(x), tensor4d(filter), 2, 'same'))(
        [tensor4d(x), tensor4d(filter)],
        tensor4d(dy),
      ),
    );
  });
});
