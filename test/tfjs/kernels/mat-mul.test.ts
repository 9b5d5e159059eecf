import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSame, normals, openBackends } from './on-backends.js';

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

describe('fused matMul', () => {
  const activations = fc.constantFrom('linear', 'relu', 'relu6', 'prelu', 'leakyrelu', 'elu', 'sigmoid');
  const rows = fc.constantFrom('row', 'scalar', 'matrix');

  it('is the cpu backend with every bias and activation', async () => {
    await fc.assert(
      fc.asyncProperty(operands, activations, rows, fc.boolean(), async (shape, activation, kind, isBiased) => {
        const { a, b, n, m, transposeA, transposeB, seed } = shape;
        const extra = { row: [m], scalar: [1], matrix: [n, m] }[kind];
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
