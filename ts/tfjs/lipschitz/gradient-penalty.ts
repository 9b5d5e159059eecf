import {
  add,
  mean,
  mul,
  relu,
  reshape,
  type Scalar,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Critic, CriticName } from '../../critics/critic.js';
import { resolveCritic } from '../../critics/resolve-critic.js';
import { checkLipschitz, type Lipschitz, type LipschitzOf } from '../../lipschitz/lipschitz.js';
import { checkParts } from '../../wasm/check-parts.js';
import { OptionsError, ShapeError } from '../../wasm/errors.js';
import { shownKind } from '../../wasm/shown.js';
import { isLayersModel } from '../check-layers-model.js';
import { checkTensor } from '../check-tensor.js';
import { noting, releaseAbandonedTape } from '../loss/abandoned-tape.js';
import { differentiableTwice } from './differentiable-twice.js';
import { pairScores, rootOf } from './pair-scores.js';
import { mixAt, type PenaltyPoint } from './penalty-points.js';

/** A model, or a function that takes each row by itself: [n, ...] to [n, d]. */
export type PenalisedEncoder = LayersModel | ((rows: Tensor) => Tensor);

/** f(x, y) = critic(g(x), h(y)). */
export interface PenalisedCritic {
  /** g. Models are run as for predictions: batch normalisation and dropout would mix or draw rows. */
  readonly x: PenalisedEncoder;
  /** h, which may be g. */
  readonly y: PenalisedEncoder;
  readonly critic: Critic | CriticName;
  /** The critic's, as `contrastiveLoss(...).trainableVariables` has them; none by default. */
  readonly parameters?: readonly Tensor[];
}

/** A batch and the points between its pairs. */
export interface PenaltyBatch {
  /** [n, ...] */
  readonly x: Tensor;
  /** [n, ...] */
  readonly y: Tensor;
  /** As `drawPenaltyPoints` draws them, anew for each step. */
  readonly points: readonly PenaltyPoint[];
}

/** The constraint of that name. */
export type GradientPenaltySpec = LipschitzOf<'gradient-penalty'>;

/**
 * The gradient penalty of `lipschitz: gradientPenalty(...)`, coefficient included, by TensorFlow.js's own gradients
 * (Gulrajani et al. 2017, eq. 3; one-sided: Petzka et al. 2018):
 *
 * ```text
 * c mean_k max(0, n_k - t)²  or  c mean_k (n_k - t)²,   n_k = sqrt(|∇ₓf|² + |∇_yf|²) at point k
 * ```
 *
 * Add it to a loss inside `optimizer.minimize` or `variableGrads`; it works with every critic. The value and its
 * gradient are those of the native engine at the same points. With `over: 'embeddings'` f is differentiated by g(x) and
 * h(y), between which the points then lie.
 *
 * @throws {GradientError} where an op has no second derivative, naming it and its layer: max and average pooling, elu,
 * leaky ReLU and others. TensorFlow.js would say so only when it takes the outer gradient; with `over: 'inputs'` also where
 * inputs are whole numbers, which embeddings look up
 * @throws {ShapeError} on x and y that are no tensors, or of different numbers of rows
 * @throws {OptionsError} on another constraint, encoders that are neither models nor functions, no points,
 * a critic without its parameters
 */
export function gradientPenaltyTerm(model: PenalisedCritic, batch: PenaltyBatch, penalty: Lipschitz): Scalar {
  checkPenalty(penalty);
  checkCritic(model);
  checkBatch(batch);
  releaseAbandonedTape();
  return noting(() => tidy(() => penaltyAt(model, batch, penalty)));
}

function penaltyAt(model: PenalisedCritic, { x, y, points }: PenaltyBatch, penalty: GradientPenaltySpec): Scalar {
  const critic = resolveCritic(model.critic);
  const score = (g: Tensor, h: Tensor): Scalar =>
    sum(pairScores(critic, model.parameters ?? [], g as Tensor2D, h as Tensor2D));
  const between = (x: Tensor, y: Tensor): Tensor[] => [mixAt(points, 'x', x), mixAt(points, 'y', y)];
  const [models, f, at] =
    penalty.over === 'inputs'
      ? [modelsOf(model), (x: Tensor, y: Tensor) => score(encode(model.x, x), encode(model.y, y)), between(x, y)]
      : [[], score, between(encode(model.x, x), encode(model.y, y))];
  return differentiableTwice(f, at, (gradients) => ruleOn(gradients, penalty), models);
}

/** The penalty from gradients, one a side, whose rows are points. */
function ruleOn(gradients: readonly Tensor[], { coefficient, target, sided }: GradientPenaltySpec): Scalar {
  const squares = gradients.map((gradient) => sum(reshape(square(gradient), [gradient.shape[0], -1]), 1));
  const excess = sub(rootOf(squares.reduce((total, more) => add(total, more))), target);
  return mul(mean(square(sided === 'one' ? relu(excess) : excess)), coefficient);
}

function encode(encoder: PenalisedEncoder, rows: Tensor): Tensor {
  return isLayersModel(encoder) ? (encoder.apply(rows, { training: false }) as Tensor) : encoder(rows);
}

/** All encoders, where ops can be told by layers. */
function modelsOf({ x, y }: PenalisedCritic): readonly LayersModel[] {
  const encoders = x === y ? [x] : [x, y];
  return encoders.every(isLayersModel) ? encoders : [];
}

function checkPenalty(given: Lipschitz): asserts given is GradientPenaltySpec {
  const penalty = checkLipschitz(given);
  if (penalty.name !== 'gradient-penalty') {
    throw new OptionsError(`the constraint must be gradientPenalty(...), got ${penalty.name}`);
  }
  for (const name of ['coefficient', 'target'] as const) {
    const value = penalty[name];
    if (!Number.isFinite(value) || value < 0) {
      throw new OptionsError(`the penalty's ${name} must be a number from 0, got ${shownKind(value)}`);
    }
  }
}

function checkCritic(model: PenalisedCritic): void {
  checkParts(model, {}, 'model', '{ x, y, critic }, the encoders and the critic');
  for (const side of ['x', 'y'] as const) {
    const encoder = model[side];
    if (typeof encoder !== 'function' && !isLayersModel(encoder)) {
      throw new OptionsError(`model.${side} must be a tf.LayersModel or a function of rows, got ${shownKind(encoder)}`);
    }
  }
}

function checkBatch(batch: PenaltyBatch): void {
  checkParts(batch, { points: 'array' }, 'batch', '{ x, y, points }, with points of drawPenaltyPoints');
  const { x, y, points } = batch;
  checkTensor(x, 'batch.x');
  checkTensor(y, 'batch.y');
  if (x.shape[0] !== y.shape[0]) {
    throw new ShapeError(`x and y must have as many rows, got shapes [${x.shape}] and [${y.shape}]`);
  }
  if (points.length === 0) throw new OptionsError('the penalty needs at least one point, got none');
}
