import {
  add,
  concat,
  div,
  exp,
  eye,
  matMul,
  mul,
  neg,
  relu,
  reshape,
  sqrt,
  square,
  step,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { Critic, CriticName } from '../../critics/critic.js';
import { OptionsError } from '../../wasm/errors.js';

/** How a critic scores pairs (g_k, h_k) of rows, before the temperature. */
type Score = (g: Tensor2D, h: Tensor2D, parameters: readonly Tensor[]) => Tensor;

/**
 * The scores of pairs of rows, [k], in ops of TensorFlow.js that have second derivatives: what the core computes for
 * the same critic.
 *
 * @param parameters of the critic, in the order of `contrastiveLoss(...).trainableVariables`: W of the bilinear one (the
 * identity where it is missing), weights [out, in] and biases of the joint one, last ln temperature where it is learnt
 * @throws {OptionsError} on a joint critic without its parameters
 */
export function pairScores(critic: Critic, parameters: readonly Tensor[], g: Tensor2D, h: Tensor2D): Tensor1D {
  const learnt = critic.learnTemperature ? parameters.at(-1) : undefined;
  const weights = learnt === undefined ? parameters : parameters.slice(0, -1);
  const temperature = learnt === undefined ? critic.temperature : reshape(exp(learnt), []);
  return div(scores[critic.name](g, h, weights), temperature);
}

const scores: Readonly<Record<CriticName, Score>> = {
  separable: (g, h) => sum(mul(g, h), 1),
  bilinear: (g, h, [weights = eye(g.shape[1], h.shape[1])]) => sum(mul(matMul(g, weights as Tensor2D), h), 1),
  cosine: (g, h) => sum(mul(unitRows(g), unitRows(h)), 1),
  distance: (g, h) => neg(rootOf(sum(square(sub(g, h)), 1))),
  'squared-distance': (g, h) => neg(sum(square(sub(g, h)), 1)),
  joint,
};

function joint(g: Tensor2D, h: Tensor2D, layers: readonly Tensor[]): Tensor {
  if (layers.length === 0 || layers.length % 2 !== 0) {
    throw new OptionsError(
      `the joint critic needs a weight and a bias a layer among the parameters, got ${layers.length} tensors`,
    );
  }
  let features: Tensor = concat([g, h], 1);
  for (let at = 0; at < layers.length; at += 2) {
    const input = at === 0 ? features : relu(features);
    features = add(matMul(input as Tensor2D, layers[at] as Tensor2D, false, true), layers[at + 1]);
  }
  return reshape(features, [-1]);
}

/** Rows over their lengths; zero rows stay zero, and so does their gradient. */
function unitRows(rows: Tensor2D): Tensor {
  const squares = sum(square(rows), 1, true);
  const isPositive = step(squares);
  return mul(div(rows, sqrt(add(squares, sub(1, isPositive)))), isPositive);
}

/** The root, with a gradient of 0 at 0. */
export function rootOf(squares: Tensor): Tensor {
  // step has a gradient, of 0, where comparisons have none.
  const isPositive = step(squares);
  return mul(sqrt(add(squares, sub(1, isPositive))), isPositive);
}
