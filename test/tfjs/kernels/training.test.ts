import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answerOn, expectSame, normals, openBackends, type Values } from './on-backends.js';

beforeAll(openBackends);
afterEach(() => tf.disposeVariables());

/** A small encoder of each kind of layer, its weights from a seed. */
function encoder(): tf.Sequential {
  const seeded = (seed: number) => ({ kernelInitializer: tf.initializers.glorotUniform({ seed }) });
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 9, kernelSize: 3, padding: 'same', inputShape: [12, 12, 5], ...seeded(1) }),
      tf.layers.depthwiseConv2d({
        kernelSize: 3,
        depthMultiplier: 2,
        depthwiseInitializer: tf.initializers.glorotUniform({ seed: 2 }),
      }),
      tf.layers.conv2d({ filters: 7, kernelSize: [3, 2], strides: 2, activation: 'relu', ...seeded(3) }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 16, ...seeded(4) }),
    ],
  });
}

/** Losses of some steps of Adam, which climbs the cross entropy of pairs. */
async function losses(backend: 'cpu' | 'wasm', steps: number): Promise<readonly number[]> {
  await tf.setBackend(backend);
  const [model, optimiser] = [encoder(), tf.train.adam(1e-3)];
  const [x, y] = [1, 2].map((seed) => tensor(normals([8, 12, 12, 5], seed)));
  const labels = tf.eye(8);
  const cost = (): tf.Scalar => {
    const [a, b] = [x, y].map((images) => model.apply(images as tf.Tensor) as tf.Tensor2D);
    return tf.losses.softmaxCrossEntropy(labels, tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, false, true));
  };
  const counts: number[] = [];
  const found = Array.from({ length: steps }, () => {
    const loss = optimiser.minimize(cost, true);
    const [value = Number.NaN] = loss?.dataSync() ?? [];
    loss?.dispose();
    counts.push(tf.memory().numTensors);
    return value;
  });
  expect(new Set(counts.slice(1)).size, 'tensors after each step').toBe(1);
  tf.dispose([x as tf.Tensor, y as tf.Tensor, labels]);
  model.dispose();
  optimiser.dispose();
  return found;
}

function tensor({ shape, values }: Values): tf.Tensor {
  return tf.tensor(values, [...shape]);
}

describe('training on the wasm backend', () => {
  it('F1: goes as on the cpu backend, step by step, and leaves no tensors behind', async () => {
    const [wasm, cpu] = [await losses('wasm', 20), await losses('cpu', 20)];
    expect(cpu.at(-1)).toBeLessThan(0.8 * (cpu[0] ?? 0));
    wasm.forEach((loss, step) => {
      expect(Math.abs(loss - (cpu[step] ?? Number.NaN)), `step ${step}`).toBeLessThan(1e-4);
    });
  });

  it('has the gradients of a dense layer, in two dimensions and three', async () => {
    for (const batch of [[7], [3, 5]]) {
      const inputs = [normals([...batch, 11], 1), normals([11, 6], 2), normals([6], 3)];
      await expectSame(inputs, ([x, kernel, bias]) => {
        const flat = tf.reshape(x as tf.Tensor, [-1, 11]) as tf.Tensor2D;
        return tf.grads((x, kernel, bias) =>
          tf.fused.matMul({ a: x as tf.Tensor2D, b: kernel as tf.Tensor2D, bias: bias as tf.Tensor }),
        )([flat, kernel as tf.Tensor, bias as tf.Tensor]);
      });
    }
  });

  it('has second derivatives of products', async () => {
    await expectSame([normals([5, 7], 1), normals([7, 3], 2)], ([a, b]) => {
      const first = tf.grad((a: tf.Tensor) => tf.sum(tf.square(tf.matMul(a, b as tf.Tensor))));
      return [tf.grad((a: tf.Tensor) => tf.sum(tf.square(first(a))))(a as tf.Tensor)];
    });
  });

  it('gives the same bits a second time', async () => {
    const run = () =>
      answerOn('wasm', [normals([9, 33], 1), normals([33, 10], 2)], ([a, b]) => [
        tf.matMul(a as tf.Tensor, b as tf.Tensor),
      ]);
    expect(await run()).toEqual(await run());
  });
});
