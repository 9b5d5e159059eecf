import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { answerOn, expectOneSum, expectSame, normals, openBackends } from './on-backends.js';

beforeAll(openBackends);

const kernelSize = fc.integer({ min: 1, max: 4 });
const channels = fc.constantFrom(1, 2, 3, 5, 8, 9, 16, 17);

/** Everything but zeros around images that a step of the kernel does not reach, which both backends leave out. */
const convolutions = fc
  .record({
    images: fc.constantFrom(1, 2, 3, 5),
    size: fc.tuple(fc.integer({ min: 4, max: 11 }), fc.integer({ min: 4, max: 11 })),
    kernel: fc.tuple(kernelSize, kernelSize),
    depth: channels,
    channels,
    strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    pad: fc.constantFrom('same', 'valid', 'one', 'explicit'),
    explicit: fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 2 }))),
    format: fc.constantFrom('NHWC', 'NCHW'),
    seed: fc.nat(1e6),
  })
  .map(({ images, size, kernel, depth, channels, strides, pad, explicit, format, seed }) => {
    const [height, width] = size;
    const [top = 0, bottom = 0, left = 0, right = 0] = explicit;
    const around = [
      [top, bottom],
      [left, right],
    ];
    const none = [0, 0];
    const pads = {
      same: 'same',
      valid: 'valid',
      one: 1,
      explicit: format === 'NHWC' ? [none, ...around, none] : [none, none, ...around],
    };
    return {
      x: format === 'NHWC' ? [images, height, width, depth] : [images, depth, height, width],
      filter: [...kernel, depth, channels],
      // Of one number for both axes, TensorFlow.js takes the kernel to be square.
      kernel: pad === 'one' ? [kernel[0], kernel[0]] : kernel,
      strides: pad === 'one' ? ([strides[0], strides[0]] as [number, number]) : strides,
      pad: pads[pad] as 'same',
      format,
      seed,
    };
  })
  .map(({ kernel, filter, ...rest }) => ({ ...rest, filter: [...kernel, ...filter.slice(2)] }));

const tensor4d = (tensor: tf.Tensor | undefined): tf.Tensor4D => tensor as tf.Tensor4D;

describe('conv2d', () => {
  it('is the cpu backend over kernels, strides, paddings and formats', async () => {
    await fc.assert(
      fc.asyncProperty(convolutions, async ({ x, filter, strides, pad, format, seed }) => {
        await expectSame([normals(x, seed), normals(filter, seed + 1)], ([x, filter]) => [
          tf.conv2d(tensor4d(x), tensor4d(filter), strides, pad, format),
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it('is the cpu backend over dilations', async () => {
    const dilations = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }));
    await fc.assert(
      fc.asyncProperty(convolutions, dilations, async ({ x, filter, pad, format, seed }, dilations) => {
        fc.pre(pad === 'same');
        await expectSame([normals(x, seed), normals(filter, seed + 1)], ([x, filter]) => [
          tf.conv2d(tensor4d(x), tensor4d(filter), 1, pad, format, dilations),
        ]);
      }),
      { numRuns: 30 },
    );
  });

  it('has the gradients of the cpu backend', async () => {
    await fc.assert(
      fc.asyncProperty(convolutions, async ({ x, filter, strides, pad, format, seed }) => {
        const inputs = [normals(x, seed), normals(filter, seed + 1)];
        await expectSame(inputs, ([x, filter]) =>
          // The gradient of a product with itself is different at each place, and a sum of products.
          tf.grads((x, filter) => {
            const y = tf.conv2d(tensor4d(x), tensor4d(filter), strides, pad, format);
            return tf.mul(y, tf.reshape(tf.range(0, y.size), y.shape));
          })([tensor4d(x), tensor4d(filter)]),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('has them however the number of windows was rounded', async () => {
    const drawn = fc.record({
      size: fc.tuple(fc.integer({ min: 4, max: 11 }), fc.integer({ min: 4, max: 11 })),
      kernel: fc.integer({ min: 1, max: 4 }),
      stride: fc.integer({ min: 1, max: 4 }),
      pad: fc.constantFrom(0, 1),
      rounding: fc.constantFrom('floor', 'round', 'ceil'),
      isLast: fc.boolean(),
      seed: fc.nat(1e6),
    });
    // tf.conv2d refuses the combinations that leave no need to round.
    const rounded = drawn.filter(({ size, kernel, stride, pad }) => size.every((n) => (n - kernel + 2 * pad) % stride));
    await fc.assert(
      fc.asyncProperty(rounded, async ({ size, kernel, stride, pad, rounding, isLast, seed }) => {
        const inputs = [normals([2, ...size, 3], seed), normals([kernel, kernel, 3, 4], seed + 1)];
        const { values } = await answerOn('wasm', inputs, ([x, filter]) => {
          const format = isLast ? 'NHWC' : 'NCHW';
          const loss = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor => {
            const images = isLast ? x : tf.transpose(x, [0, 3, 1, 2]);
            return tf.conv2d(tensor4d(images), tensor4d(filter), stride, pad, format, 1, rounding as 'ceil');
          };
          const [y] = [loss(x as tf.Tensor, filter as tf.Tensor)];
          const [dx, df] = tf.grads(loss)([x as tf.Tensor, filter as tf.Tensor], y);
          return [tf.square(y), tf.mul(dx as tf.Tensor, x as tf.Tensor), tf.mul(df as tf.Tensor, filter as tf.Tensor)];
        });
        // With dy = y both products are the norm of y: a convolution is linear in each of the two.
        expectOneSum(values);
      }),
      { numRuns: 60 },
    );
  });

  it('F1: the gradient of a filter is exact', async () => {
    const x = { shape: [1, 3, 3, 1], values: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]) };
    const filter = { shape: [2, 2, 1, 1], values: Float32Array.of(1, -1, 2, 0) };
    const dy = { shape: [1, 2, 2, 1], values: Float32Array.of(1, 2, 3, 4) };
    const { values } = await answerOn('wasm', [x, filter, dy], ([x, filter, dy]) =>
      tf.grads((x, filter) => tf.conv2d(tensor4d(x), tensor4d(filter), 1, 'valid'))(
        [tensor4d(x), tensor4d(filter)],
        tensor4d(dy),
      ),
    );
    expect(values).toEqual([Float32Array.of(1, 1, -2, 5, 5, -4, 6, 8, 0), Float32Array.of(37, 47, 67, 77)]);
  });

  it('takes no images, and gives gradients of zero', async () => {
    const inputs = [normals([0, 5, 5, 2], 1), normals([3, 3, 2, 4], 2)];
    await expectSame(inputs, ([x, filter]) => [
      tf.conv2d(tensor4d(x), tensor4d(filter), 1, 'same'),
      ...tf.grads((x, filter) => tf.conv2d(tensor4d(x), tensor4d(filter), 1, 'same'))([tensor4d(x), tensor4d(filter)]),
    ]);
  });

  it('of no channels, or of no images with channels first, is the cpu backend', async () => {
    await expectSame([normals([2, 5, 5, 0], 1), normals([3, 3, 0, 4], 2), normals([4], 3)], ([x, filter, bias]) => [
      tf.conv2d(tensor4d(x), tensor4d(filter), 1, 'same'),
      tf.fused.conv2d({
        x: tensor4d(x),
        filter: tensor4d(filter),
        strides: 1,
        pad: 'same',
        ...(bias && { bias }),
        activation: 'relu',
      }),
    ]);
    await expectSame([normals([0, 2, 5, 5], 1), normals([3, 3, 2, 4], 2)], ([x, filter]) => [
      tf.conv2d(tensor4d(x), tensor4d(filter), 1, 'same', 'NCHW'),
      ...tf.grads((x, filter) => tf.conv2d(tensor4d(x), tensor4d(filter), 1, 'same', 'NCHW'))([
        tensor4d(x),
        tensor4d(filter),
      ]),
    ]);
  });

  it.each(['NHWC', 'NCHW'] as const)('leaves no data behind where a filter has no place (%s)', async (format) => {
    await tf.setBackend('wasm');
    const backend = tf.backend() as tf.KernelBackend;
    const [x, filter] = [tf.ones([1, 3, 3, 3]), tf.ones([5, 5, 3, 2])];
    const before = backend.numDataIds();
    expect(() => tf.conv2d(tensor4d(x), tensor4d(filter), 1, 'valid', format)).toThrow(
      'a filter of 5 x 5 has no place on images of 3 x 3 pixels',
    );
    expect(backend.numDataIds()).toBe(before);
    tf.dispose([x, filter]);
  });

  it('goes through many images block by block', async () => {
    const inputs = [normals([150, 13, 11, 7], 1), normals([3, 3, 7, 9], 2)];
    const dy = normals([150, 7, 6, 9], 3);
    await expectSame([...inputs, dy], ([x, filter, dy]) => [
      tf.conv2d(tensor4d(x), tensor4d(filter), 2, 'same'),
      ...tf.grads((x, filter) => tf.conv2d(tensor4d(x), tensor4d(filter), 2, 'same'))(
        [tensor4d(x), tensor4d(filter)],
        tensor4d(dy),
      ),
    ]);
  });
});

describe('fused conv2d', () => {
  const activations = fc.constantFrom('linear', 'relu', 'relu6', 'prelu', 'leakyrelu', 'elu', 'sigmoid');

  it('is the cpu backend with every activation', async () => {
    await fc.assert(
      fc.asyncProperty(convolutions, activations, fc.boolean(), async (convolution, activation, isBiased) => {
        const { x, filter, strides, pad, format, seed } = convolution;
        const perChannel = [filter[3] ?? 1];
        const inputs = [
          normals(x, seed),
          normals(filter, seed + 1),
          normals(perChannel, seed + 2),
          normals(perChannel, seed + 3),
        ];
        const run = ([x, filter, bias, slopes]: tf.Tensor[], activation: string) => [
          tf.fused.conv2d({
            x: tensor4d(x),
            filter: tensor4d(filter),
            strides,
            pad,
            dataFormat: format,
            ...(isBiased && bias && { bias }),
            activation: activation as 'relu',
            leakyreluAlpha: 0.3,
            ...(activation === 'prelu' && slopes && { preluActivationWeights: slopes }),
          }),
        ];
        await expectSame(
          inputs,
          (tensors) => run(tensors, activation),
          (tensors) =>
            run(tensors, 'linear').map((x) => tf.add(1, tf.mul(x, tf.add(1, tf.max(tensors[3] as tf.Tensor))))),
        );
      }),
      { numRuns: 60 },
    );
  });
});
