import * as tf from '@tensorflow/tfjs';
import { type SeededRandom, seededRandom } from '../../support/random.js';
import type { LayerCase } from './layer-cases.js';

/** What a layer gives and its gradients, by what they are. */
export type LayerAnswers = Readonly<Record<string, Float32Array>>;

/**
 * A layer's output, and the gradients of its inner product with fixed numbers by its inputs and its trainable weights, on
 * the backend that is set.
 *
 * Numbers are few eighths, none of them 0: sums of products are exact, so that a rectifier bends at the same ones on every
 * backend.
 */
export function layerAnswers(given: LayerCase, seed: number, training: boolean): LayerAnswers {
  return tf.tidy(() => {
    const random = seededRandom(seed);
    const { layer, inputs, apply } = openLayer(given, random, training);
    const output = apply(...inputs);
    const product = innerProduct(apply, draw(output.shape, random));
    const answers: Record<string, tf.Tensor> = { output };
    if (given.vocabulary === undefined) {
      tf.grads(product)(inputs).forEach((gradient, at) => {
        answers[`gradient by input ${at}`] = gradient;
      });
    }
    const weights = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
    if (weights.length > 0) {
      const { grads } = tf.variableGrads(() => product(...inputs), weights);
      weights.forEach(({ name }, at) => {
        answers[`gradient by weight ${at}`] = grads[name];
      });
    }
    const numbers = Object.entries(answers).map(([name, tensor]) => [name, tensor.dataSync<'float32'>()]);
    layer.dispose();
    return Object.fromEntries(numbers);
  });
}

/** The layer with drawn weights, its inputs, and how it is applied to them. */
export function openLayer({ create, shapes, vocabulary }: LayerCase, random: SeededRandom, training: boolean) {
  const layer = create();
  const inputs = shapes.map((shape) =>
    vocabulary === undefined ? draw(shape, random) : wholeNumbers(shape, vocabulary, random),
  );
  const apply = (...given: tf.Tensor[]) =>
    layer.apply(given.length === 1 ? given[0] : given, { training }) as tf.Tensor;
  apply(...inputs);
  const isVariance = (at: number) => layer.weights[at].originalName.endsWith('variance');
  layer.setWeights(
    layer.getWeights().map(({ shape }, at) => (isVariance(at) ? tf.abs(draw(shape, random)) : draw(shape, random))),
  );
  return { layer, inputs, apply };
}

/** A number of tensors: the inner product of what `apply` makes of them with `along`. */
export function innerProduct(apply: (...inputs: tf.Tensor[]) => tf.Tensor, along: tf.Tensor) {
  return (...inputs: tf.Tensor[]) => tf.sum<tf.Scalar>(tf.mul(apply(...inputs), along));
}

/** Multiples of 1/8 from 1/2 to 3/2, of either sign. */
export function draw(shape: readonly number[], random: SeededRandom): tf.Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const eighths = () => (random.below(2) === 0 ? 1 : -1) * (0.5 + random.below(9) / 8);
  return tf.tensor(Float32Array.from({ length: count }, eighths), [...shape]);
}

function wholeNumbers(shape: readonly number[], below: number, random: SeededRandom): tf.Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return tf.tensor(
    Float32Array.from({ length: count }, () => random.below(below)),
    [...shape],
  );
}
