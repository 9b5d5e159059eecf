import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { expectSame, normals, openBackends } from './on-backends.js';

beforeAll(openBackends);

const small = fc.integer({ min: 1, max: 3 });
const side = fc.integer({ min: 4, max: 8 });
const drawn = fc.record({
  images: fc.tuple(small, side, side, small),
  sides: fc.tuple(small, small),
  multiplier: small,
  strides: fc.tuple(small, small),
  pad: fc.constantFrom<('same' | 'valid' | number)[]>('same', 'valid', 0, 1, 2),
  seed: fc.nat(1e6),
});

describe('depthwiseConv2d', () => {
  it('is the cpu backend with filters narrower than their strides, and with paddings in numbers', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async ({ images, sides, multiplier, strides, pad, seed }) => {
        const inputs = [normals(images, seed), normals([...sides, images[3], multiplier], seed + 1)];
        await expectSame(inputs, ([x, filter]) => [
          tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad),
        ]);
      }),
      { numRuns: 100 },
    );
  });

  it('with a bias and an activation is, too', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async ({ images, sides, multiplier, strides, pad, seed }) => {
        const outputs = images[3] * multiplier;
        const inputs = [images, [...sides, images[3], multiplier], [outputs]].map((shape, at) =>
          normals(shape, seed + at),
        );
        await expectSame(inputs, ([x, filter, bias]) => [
          tf.fused.depthwiseConv2d({
            x: x as tf.Tensor4D,
            filter: filter as tf.Tensor4D,
            bias,
            strides,
            pad,
            activation: 'relu',
          }),
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it('with dilations is, too', async () => {
    const wide = fc.tuple(drawn, fc.tuple(small, small));
    await fc.assert(
      fc.asyncProperty(wide, async ([{ images, sides, multiplier, pad, seed }, dilations]) => {
        const shape: [number, number, number, number] = [images[0], images[1] + 3, images[2] + 3, images[3]];
        const inputs = [normals(shape, seed), normals([...sides, images[3], multiplier], seed + 1)];
        await expectSame(inputs, ([x, filter]) => [
          tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, pad, 'NHWC', dilations),
        ]);
      }),
      { numRuns: 60 },
    );
  });
});
