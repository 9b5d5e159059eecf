import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerKernels } from '../../../ts/entries/tfjs.js';
import { DataError } from '../../../ts/wasm/errors.js';
import { answerOn, expectSame, normals, openBackends, type Values } from './on-backends.js';

const size = fc.constantFrom(1, 2, 3, 5, 7, 8, 13, 16, 17, 31);
const seeds = fc.nat(1e6);

beforeAll(openBackends);

/** `a` and `b` of a product, laid out as the transpositions say. */
const operands = fc
  .record({ n: size, m: size, k: size, transposeA: fc.boolean(), transposeB: fc.boolean(), seed: seeds })
  .map(({ n, m, k, transposeA, transposeB, seed }) => ({
    a: transposeA ? [k, n] : [n, k],
    b: transposeB ? [m, k] : [k, m],
    n,
    m,
    transposeA,
    transposeB,
    seed,
  }));

/** Batch sizes that the cpu backend gets right: equal, or one of them all ones. */
const batches = fc.constantFrom(
  [[], []],
  [[3], [3]],
  [[1], [3]],
  [[4], [1]],
  [
    [2, 3],
    [2, 3],
  ],
  [[], [5]],
  [[5], []],
  [
    [1, 1],
    [2, 2],
  ],
  [[3], [1, 1, 1]],
);

describe('matMul', () => {
  it('is the cpu backend in all transpositions and batches', async () => {
    await fc.assert(
      fc.asyncProperty(
        operands,
        batches,
        async ({ a, b, transposeA, transposeB, seed }, [outerA = [], outerB = []]) => {
          const inputs = [normals([...outerA, ...a], seed), normals([...outerB, ...b], seed + 1)];
          await expectSame(inputs, ([a, b]) => [tf.matMul(a as tf.Tensor, b as tf.Tensor, transposeA, transposeB)]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has the gradients of the cpu backend', async () => {
    await fc.assert(
      fc.asyncProperty(operands, async ({ a, b, n, m, transposeA, transposeB, seed }) => {
        const inputs = [normals(a, seed), normals(b, seed + 1), normals([n, m], seed + 2)];
        await expectSame(inputs, ([a, b, dy]) =>
          tf.grads((a, b) => tf.matMul(a as tf.Tensor, b as tf.Tensor, transposeA, transposeB))(
            [a as tf.Tensor, b as tf.Tensor],
            dy as tf.Tensor,
          ),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('broadcasts batches against each other, which the cpu backend gets wrong', async () => {
    const [a, b] = [normals([2, 1, 3, 4], 1), normals([3, 4, 5], 2)];
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const [left, right] = [tf.tensor4d(a.values, [2, 1, 3, 4]), tf.tensor3d(b.values, [3, 4, 5])];
      const product = tf.matMul(left, right);
      expect(product.shape).toEqual([2, 3, 3, 5]);
      for (const [i, j] of [0, 1, 2].flatMap((j) => [0, 1].map((i) => [i, j] as const))) {
        const one = tf.matMul(
          tf.reshape(tf.slice(left, [i, 0], [1, 1]), [3, 4]),
          tf.reshape(tf.slice(right, j, 1), [4, 5]),
        );
        expect(tf.slice(product, [i, j], [1, 1]).dataSync()).toEqual(one.dataSync());
      }
    });
  });

  it('keeps whole numbers exact', async () => {
    await fc.assert(
      fc.asyncProperty(operands, async ({ a, b, transposeA, transposeB, seed }) => {
        const [x, y] = [normals(a, seed), normals(b, seed + 1)];
        const product = async (backend: string): Promise<ArrayLike<number>> => {
          await tf.setBackend(backend);
          return tf.tidy(() => {
            const [left, right] = [x, y].map(({ shape, values }) =>
              tf.tensor(
                values.map((value) => Math.round(1000 * value)),
                [...shape],
                'int32',
              ),
            );
            return tf.matMul(left as tf.Tensor, right as tf.Tensor, transposeA, transposeB).dataSync();
          });
        };
        expect(await product('wasm')).toEqual(await product('cpu'));
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    [
      [0, 3],
      [3, 2],
    ],
    [
      [2, 0],
      [0, 3],
    ],
    [
      [0, 2, 3],
      [3, 2],
    ],
  ])('of empty tensors %j and %j', async (a, b) => {
    await expectSame([normals(a, 1), normals(b, 2)], ([a, b]) => [tf.matMul(a as tf.Tensor, b as tf.Tensor)]);
  });

  it('of few rows with much, by the backend itself, is the cpu backend, and keeps NaN', async () => {
    const inputs = [normals([3, 1024], 1), normals([1024, 1024], 2)];
    await expectSame(inputs, ([a, b]) => [tf.matMul(a as tf.Tensor, b as tf.Tensor)]);
    await tf.setBackend('wasm');
    const found = tf.tidy(() => tf.matMul(tf.fill([1, 1024], Number.NaN), tf.ones([1024, 1024])).dataSync());
    expect(found.every(Number.isNaN)).toBe(true);
  });

  it('of many tiny matrices, by the backend itself, is the cpu backend', async () => {
    await expectSame([normals([2, 40, 4, 4], 1), normals([2, 40, 4, 3], 2)], ([a, b]) => [
      tf.matMul(a as tf.Tensor, b as tf.Tensor),
    ]);
  });

  it('leaves no data behind where it is refused', async () => {
    await tf.setBackend('wasm');
    const backend = tf.backend() as tf.KernelBackend;
    const [a, b] = [tf.ones([2, 3]), tf.ones([3, 4])];
    const slopes = tf.ones([4], 'int32');
    const before = backend.numDataIds();
    const attributes = { transposeA: false, transposeB: false, activation: 'prelu' };
    const call = () => tf.engine().runKernel('_FusedMatMul', { a, b, preluActivationWeights: slopes }, attributes);
    expect(call).toThrow(DataError);
    expect(backend.numDataIds()).toBe(before);
    tf.dispose([a, b, slopes]);
  });

  it('survives that the backend takes more memory', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const a = tf.ones([1, 4]);
      // 16 MiB are more than the backend begins with.
      const b = tf.ones([4, 1 << 22]);
      const end = tf.slice(tf.matMul(a, b), [0, (1 << 22) - 3], [1, 3]);
      expect(end.dataSync()).toEqual(Float32Array.of(4, 4, 4));
      expect(a.dataSync()).toEqual(Float32Array.of(1, 1, 1, 1));
    });
  });
});

const activations = fc.constantFrom('linear', 'relu', 'relu6', 'prelu', 'leakyrelu', 'elu', 'sigmoid');

describe('fused matMul', () => {
  it.each([false, true])('keeps NaN whatever follows it (deterministic: %s)', async (deterministic) => {
    await tf.setBackend('wasm');
    registerKernels({ deterministic });
    for (const activation of ['linear', 'relu', 'relu6', 'prelu', 'leakyrelu', 'elu', 'sigmoid']) {
      const found = tf.tidy(() =>
        tf.fused
          .matMul({
            a: tf.fill([9, 2], Number.NaN) as tf.Tensor2D,
            b: tf.ones([2, 9]) as tf.Tensor2D,
            activation: activation as 'relu',
            ...(activation === 'prelu' && { preluActivationWeights: tf.ones([9]) }),
          })
          .dataSync(),
      );
      expect(found.every(Number.isNaN), activation).toBe(true);
    }
    registerKernels();
  });

  it('has elu to the last digits near 0', async () => {
    await tf.setBackend('wasm');
    await fc.assert(
      fc.asyncProperty(fc.double({ min: -30, max: 4, noNaN: true }), async (exponent) => {
        const x = Math.fround(-(2 ** exponent));
        const [found = 0] = tf.tidy(() =>
          tf.fused.matMul({ a: tf.tensor2d([[x]]), b: tf.tensor2d([[1]]), activation: 'elu' }).dataSync(),
        );
        expect(Math.abs(found - Math.expm1(x))).toBeLessThanOrEqual(1e-6 * Math.abs(Math.expm1(x)));
      }),
      { numRuns: 100 },
    );
  });

  it('of whole numbers cuts elu to them', async () => {
    await tf.setBackend('wasm');
    const found = tf.tidy(() =>
      tf.fused
        .matMul({
          a: tf.tensor2d([[1], [-1]], [2, 1], 'int32'),
          b: tf.tensor2d([[19, -3]], [1, 2], 'int32'),
          activation: 'elu',
        })
        .dataSync(),
    );
    expect([...found]).toEqual([19, 0, 0, 3]);
  });

  it('of whole numbers is the cpu backend', async () => {
    // But for elu and sigmoid, which end in whole numbers: where they do is a matter of precision.
    const cut = activations.filter((activation) => activation !== 'elu' && activation !== 'sigmoid');
    await fc.assert(
      fc.asyncProperty(operands, cut, fc.constantFrom('int32', 'float32'), async (shape, activation, dtype) => {
        const { a, b, m, transposeA, transposeB, seed } = shape;
        const whole = (values: Values, factor: number): Values => ({
          ...values,
          values: values.values.map((value) => Math.round(factor * value)),
        });
        const inputs = [whole(normals(a, seed), 3), whole(normals(b, seed + 1), 3), whole(normals([m], seed + 2), 5)];
        const run = async (backend: 'cpu' | 'wasm') =>
          answerOn(backend, inputs, ([a, b, bias]) => [
            tf.fused.matMul({
              a: tf.cast(a as tf.Tensor, 'int32'),
              b: tf.cast(b as tf.Tensor, 'int32'),
              transposeA,
              transposeB,
              // Halves are cut off, but for their sign.
              bias: dtype === 'int32' ? tf.cast(bias as tf.Tensor, dtype) : tf.add(bias as tf.Tensor, 0.5),
              activation: activation as 'relu',
              leakyreluAlpha: 0.25,
              ...(activation === 'prelu' && { preluActivationWeights: tf.mul(bias as tf.Tensor, 0.5) }),
            }),
          ]);
        const [found, right] = [await run('wasm'), await run('cpu')];
        // 0 and -0 are one number.
        expect(found.values.map((values) => values.map((x) => x + 0))).toEqual(
          right.values.map((values) => values.map((x) => x + 0)),
        );
      }),
      { numRuns: 60 },
    );
  });

  const rows = fc.constantFrom('row', 'scalar', 'matrix', 'column');

  it('is the cpu backend with every bias and activation', async () => {
    await fc.assert(
      fc.asyncProperty(operands, activations, rows, fc.boolean(), async (shape, activation, kind, isBiased) => {
        const { a, b, n, m, transposeA, transposeB, seed } = shape;
        const extra = { row: [m], scalar: [1], matrix: [n, m], column: [n, 1] }[kind];
        const inputs = [normals(a, seed), normals(b, seed + 1), normals(extra, seed + 2), normals(extra, seed + 3)];
        const run = ([a, b, bias, slopes]: tf.Tensor[], activation: string) => [
          tf.fused.matMul({
            a: a as tf.Tensor,
            b: b as tf.Tensor,
            transposeA,
            transposeB,
            ...(isBiased && bias && { bias }),
            activation: activation as 'relu',
            leakyreluAlpha: 0.3,
            ...(activation === 'prelu' && slopes && { preluActivationWeights: slopes }),
          }),
        ];
        await expectSame(
          inputs,
          (tensors) => run(tensors, activation),
          // What is not linear is nowhere steeper than 1 or its steepest slope, and its own value is rounded too.
          (tensors) =>
            run(tensors, 'linear').map((x) => tf.add(1, tf.mul(x, tf.add(1, tf.max(tensors[3] as tf.Tensor))))),
        );
      }),
      { numRuns: 80 },
    );
  });
});
