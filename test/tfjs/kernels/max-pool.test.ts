import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { maxPoolGradient } from '../../reference/max-pool.js';
import { expectClose } from '../../support/close.js';
import { expectSame, normals, openBackends } from './on-backends.js';

beforeAll(openBackends);

const side = fc.integer({ min: 3, max: 7 });
const small = fc.integer({ min: 1, max: 3 });
const pad = fc.constantFrom('same', 'valid' as const);
/** Real numbers; those of a rectifier, of which many are 0; and whole ones: several of a window may be largest. */
const kind = fc.constantFrom('real', 'rectified', 'whole' as const);

type Kind = 'real' | 'rectified' | 'whole';

function pixels(shape: readonly number[], seed: number, kind: Kind) {
  const drawn = normals(shape, seed);
  if (kind === 'real') return drawn;
  return { shape, values: drawn.values.map((value) => (kind === 'whole' ? Math.round(value) : Math.max(value, 0))) };
}

/** No slope is off by more than the sum of all that came in. */
const bySum = ([x, dy]: tf.Tensor[]) => [tf.mul(tf.onesLike(x), tf.sum(dy))];

describe('maxPool', () => {
  it('has the gradient of the cpu backend', async () => {
    const drawn = fc.record({
      shape: fc.tuple(small, side, side, small),
      size: fc.tuple(small, small),
      strides: fc.tuple(small, small),
      pad,
      kind,
      seed: fc.nat(1e6),
    });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ shape, size, strides, pad, kind, seed }) => {
        const out = tf.backend_util.computePool2DInfo(shape, size, strides, 1, pad).outShape;
        const work = ([x, dy]: tf.Tensor[]) => [
          tf.grad((x) => tf.maxPool(x as tf.Tensor4D, size, strides, pad))(x, dy),
        ];
        await expectSame([pixels(shape, seed, kind), normals(out, seed + 1)], work, bySum);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the gradient of maxPool', () => {
  it('gives what came in to a pixel each, however the number of windows was rounded', async () => {
    await tf.setBackend('wasm');
    const drawn = fc.record({ side: fc.integer({ min: 4, max: 9 }), size: fc.constantFrom(2, 3), seed: fc.nat(1e6) });
    fc.assert(
      fc.property(drawn, ({ side, size, seed }) => {
        const windows = Math.ceil((side - size) / size) + 1;
        const [x, dy] = [normals([2, side, side, 3], seed), normals([2, windows, windows, 3], seed + 1)];
        const [found = 0, expected = 0] = tf.tidy(() => {
          const slopes = tf.tensor(dy.values, [2, windows, windows, 3]);
          const inputs = { dy: slopes, input: tf.tensor(x.values, [2, side, side, 3]), output: tf.zerosLike(slopes) };
          const attributes = { filterSize: size, strides: size, pad: 0 };
          const dx = tf.engine().runKernel('MaxPoolGrad', inputs, attributes) as tf.Tensor;
          // Windows do not overlap, so that squares are kept too.
          return tf.stack([tf.sum(tf.square(dx)), tf.sum(tf.square(slopes))]).dataSync();
        });
        expectClose([found], [expected], { absolute: 0, relative: 1e-5 });
      }),
      { numRuns: 30 },
    );
  });
});

describe('maxPool3d', () => {
  const drawn = fc.record({
    shape: fc.tuple(small, side, side, side, small),
    size: fc.tuple(small, small, small),
    strides: fc.tuple(small, small, small),
    pad,
    kind,
    seed: fc.nat(1e6),
  });

  it('is the cpu backend', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async ({ shape, size, strides, pad, kind, seed }) => {
        await expectSame([pixels(shape, seed, kind)], ([x]) => [tf.maxPool3d(x as tf.Tensor5D, size, strides, pad)]);
      }),
      { numRuns: 60 },
    );
  });

  it('has the gradient of loops over windows (the cpu backend has it for windows as high as wide only)', async () => {
    await tf.setBackend('wasm');
    fc.assert(
      fc.property(drawn, ({ shape, size, strides, pad, kind, seed }) => {
        const info = tf.backend_util.computePool3DInfo(shape, size, strides, 1, pad);
        const output = [info.outDepth, info.outHeight, info.outWidth] as const;
        const before = [info.padInfo.front, info.padInfo.top, info.padInfo.left] as const;
        const [x, dy] = [pixels(shape, seed, kind), normals(info.outShape, seed + 1)];
        const found = tf.tidy(() => {
          const pool = tf.grad((x) => tf.maxPool3d(x as tf.Tensor5D, size, strides, pad));
          return pool(tf.tensor(x.values, shape), tf.tensor(dy.values, info.outShape)).dataSync<'float32'>();
        });
        const expected = maxPoolGradient({ shape, output, size, strides, before }, x.values, dy.values);
        expectClose(found, expected, { absolute: 1e-6, relative: 1e-5 });
      }),
      { numRuns: 60 },
    );
  });
});
