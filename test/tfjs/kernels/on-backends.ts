// With gradients and the cpu backend.
import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { registerKernels } from '../../../ts/entries/tfjs.js';
import { seededRandom } from '../../support/random.js';

/** A tensor as plain numbers. */
export interface Values {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What a computation gives, and how far each number of it may be off. */
export interface Answer {
  readonly shapes: readonly (readonly number[])[];
  readonly values: readonly Float32Array[];
}

/** Registers the kernels on the wasm backend; once for a file. */
export async function openBackends(): Promise<void> {
  registerKernels();
  await tf.setBackend('wasm');
  await tf.ready();
}

/** Numbers of both signs with a given shape, from a seed. */
export function normals(shape: readonly number[], seed: number): Values {
  const random = seededRandom(seed);
  const values = Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, random.normal);
  return { shape, values };
}

/** The magnitudes. */
export function magnitudes({ shape, values }: Values): Values {
  return { shape, values: values.map(Math.abs) };
}

/** What `work` makes of tensors on a backend; checks that inputs are unharmed and no tensor is left behind. */
export async function answerOn(
  backend: 'cpu' | 'wasm',
  inputs: readonly Values[],
  work: (tensors: tf.Tensor[]) => tf.Tensor[],
): Promise<Answer> {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const answer = tf.tidy(() => {
    const tensors = inputs.map(({ shape, values }) => tf.tensor(values, [...shape]));
    const results = work(tensors);
    for (const [i, tensor] of tensors.entries()) {
      const values = inputs[i]?.values;
      expect(tensor.dataSync().every((value, at) => Object.is(value, values?.[at]))).toBe(true);
    }
    return {
      shapes: results.map(({ shape }) => shape),
      values: results.map((result) => Float32Array.from(result.dataSync())),
    };
  });
  expect(tf.memory().numTensors).toBe(before);
  return answer;
}

/**
 * That both backends give the same to 1e-5 of the sum of the magnitudes of what is summed: the same work on the inputs'
 * magnitudes, which is what rounding is relative to.
 */
export async function expectSame(
  inputs: readonly Values[],
  work: (tensors: tf.Tensor[]) => tf.Tensor[],
  magnitudesOf: (tensors: tf.Tensor[]) => tf.Tensor[] = work,
): Promise<void> {
  const found = await answerOn('wasm', inputs, work);
  const right = await answerOn('cpu', inputs, work);
  const sizes = await answerOn('cpu', inputs.map(magnitudes), magnitudesOf);
  expect(found.shapes).toEqual(right.shapes);
  found.values.forEach((values, index) => {
    const [expected, size] = [right.values[index], sizes.values[index]];
    values.forEach((value, i) => {
      const bound = 1e-5 * (size?.[i] ?? Number.NaN);
      if (!(Math.abs(value - (expected?.[i] ?? Number.NaN)) <= bound + 1e-30))
        expect.fail(`result ${index}, number ${i}: ${value}, the cpu backend has ${expected?.[i]} (± ${bound})`);
    });
  });
}

/** That lists of products all have the same sum, to 1e-5 of the sum of all their magnitudes. */
export function expectOneSum(lists: readonly Float32Array[]): void {
  const [first = 0, ...others] = lists.map((list) => list.reduce((sum, product) => sum + product, 0));
  const size = lists.flatMap((list) => [...list]).reduce((sum, product) => sum + Math.abs(product), 0);
  for (const sum of others) expect(Math.abs(sum - first)).toBeLessThanOrEqual(1e-5 * size);
}
