import * as tf from '@tensorflow/tfjs';
import type { Trial } from '../../engine.js';
import { answerSteps, type NetworkProblem } from '../../problem.js';

/** What is minimised, from the embeddings of both sides. */
export type Cost = (x: tf.Tensor2D, y: tf.Tensor2D) => tf.Scalar;

/** Training in a loop of one's own; null on a backend that cannot train the layers. */
export function networkTrial(problem: NetworkProblem, cost: Cost): Trial | null {
  const { side, n, convolutions, learningRate } = problem;
  if (convolutions.length > 0 && !canTrainConvolutions()) return null;
  // Minutes a step.
  const isPatient = convolutions.length > 0 && tf.getBackend() === 'cpu' && n > 64;
  const shape: [number, number, number, number] = [n, side, side, 1];
  const inputs = { x: tf.tensor4d(problem.x, shape), y: tf.tensor4d(problem.y, shape) };
  const encoders = { x: encoder(problem, problem.xWeights), y: encoder(problem, problem.yWeights) };
  const optimiser = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
  const loss = () => cost(tensor(encoders.x.apply(inputs.x)), tensor(encoders.y.apply(inputs.y)));
  const step = (): number =>
    tf.tidy(() => {
      const value = optimiser.minimize(loss, true);
      if (!value) throw new Error('minimize returned no cost');
      return value.dataSync()[0];
    });
  return {
    answer: async () => {
      const first = firstStep(loss, optimiser, encoders.x);
      return isPatient ? first : { ...first, later: Float32Array.from({ length: answerSteps - 1 }, step) };
    },
    answersByOneRun: isPatient,
    run: () => {
      step();
    },
    tensors: () => tf.memory().numTensors,
    dispose: () => {
      encoders.x.dispose();
      encoders.y.dispose();
      optimiser.dispose();
      tf.dispose(inputs);
    },
  };
}

/** Whether the backend has what every gradient of a convolution needs. */
function canTrainConvolutions(): boolean {
  return tf.getKernel('Conv2DBackpropFilter', tf.getBackend()) !== undefined;
}

/** The first step by hand: its loss, and the gradient by the first layer of `model`, as PyTorch shapes it. */
function firstStep(loss: () => tf.Scalar, optimiser: tf.Optimizer, model: tf.Sequential) {
  const kernel = model.layers.flatMap((layer) => layer.trainableWeights)[0];
  return tf.tidy(() => {
    const { value, grads } = tf.variableGrads(loss);
    const gradient = grads[kernel.name];
    optimiser.applyGradients(grads);
    // Both [in, out] and [rows, columns, in, out] are so turned.
    const turned = tf.transpose(gradient, gradient.rank === 2 ? [1, 0] : [3, 2, 0, 1]);
    return { loss: value.dataSync<'float32'>(), gradient: turned.dataSync<'float32'>() };
  });
}

function encoder({ side, convolutions, units }: NetworkProblem, weights: readonly Float32Array[]): tf.Sequential {
  const last = convolutions.length + units.length - 1;
  const model = tf.sequential();
  const activation = (at: number) => (at < last ? 'relu' : 'linear');
  convolutions.forEach(({ channels, kernel, stride }, at) => {
    const depth = convolutions[at - 1]?.channels ?? 1;
    const filters = tf.transpose(tf.tensor4d(weights[at], [channels, depth, kernel, kernel]), [2, 3, 1, 0]);
    model.add(
      tf.layers.conv2d({
        ...(at === 0 && { inputShape: [side, side, 1] }),
        filters: channels,
        kernelSize: kernel,
        strides: stride,
        activation: activation(at),
        weights: [filters, tf.zeros([channels])],
      }),
    );
  });
  model.add(tf.layers.flatten(convolutions.length > 0 ? {} : { inputShape: [side, side, 1] }));
  let [rows = side, columns = side, depth = 1] = imageOf(model);
  units.forEach((size, at) => {
    const place = convolutions.length + at;
    // From a channel after the other to a pixel after the other.
    const kernel = tf.transpose(tf.tensor4d(weights[place], [size, depth, rows, columns]), [2, 3, 1, 0]);
    const flat = tf.reshape(kernel, [-1, size]);
    model.add(tf.layers.dense({ units: size, activation: activation(place), weights: [flat, tf.zeros([size])] }));
    [rows, columns, depth] = [1, 1, size];
  });
  return model;
}

/** Rows, columns and channels before the model's last layer, which flattens them. */
function imageOf({ layers }: tf.Sequential): readonly number[] {
  const shape = layers.at(-1)?.batchInputShape ?? layers.at(-2)?.outputShape ?? [];
  return shape.slice(1).map(Number);
}

/** What a model gives for one tensor. */
export function tensor(output: tf.Tensor | tf.Tensor[] | tf.SymbolicTensor | tf.SymbolicTensor[]): tf.Tensor2D {
  if (output instanceof tf.Tensor) return output as tf.Tensor2D;
  throw new Error('an encoder gave something else than a tensor');
}
