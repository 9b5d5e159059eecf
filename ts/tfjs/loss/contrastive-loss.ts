import type { Optimizer, Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import type { LossOptions } from '../../objectives/loss-plan.js';
import { type Objective, type ObjectiveName, resolveObjective } from '../../objectives/objective.js';
import { checkOptions, type KnownOptions } from '../../wasm/check-options.js';
import { OptionsError } from '../../wasm/errors.js';
import type { Disposable } from '../../wasm/resource.js';
import { shown } from '../../wasm/shown.js';
import { needingKernels } from '../kernels/missing-kernel.js';
import { noting, releaseAbandonedTape } from './abandoned-tape.js';
import { differentiable } from './differentiable.js';
import { downloaded, type Embed, type LossAndGrads, minimizeDownloaded } from './downloaded.js';
import { embeddingSizes } from './embeddings.js';
import { inTurn } from './in-turn.js';
import { lossEvaluator } from './loss-evaluator.js';

/** Options of {@link contrastiveLoss}. */
export interface ContrastiveLossOptions extends Omit<LossOptions, 'gradients'> {
  /** What is climbed, or its name for its defaults. */
  readonly objective: Objective | ObjectiveName;
  /**
   * Columns of x and of y. The variables of a bilinear or joint critic are made with them; without, at the first call,
   * and `optimizer.minimize` then trains them from its second step on.
   */
  readonly dims?: readonly [x: number, y: number];
}

const OPTIONS: KnownOptions<ContrastiveLossOptions> = {
  objective: true,
  critic: true,
  positives: true,
  yIds: true,
  deterministic: true,
  dims: true,
};

/** A loss over tensors, to be minimised; made by {@link contrastiveLoss}. */
export interface ContrastiveLoss extends Disposable {
  /**
   * Minus what the objective climbs, which tfjs differentiates by x, y and {@link trainableVariables}.
   *
   * On a GPU backend this waits for the embeddings to be downloaded; {@link minimize} doesn't.
   *
   * @param x n x d, float32: the queries' embeddings
   * @param y m x d', float32: the candidates' embeddings
   * @throws {ShapeError} on what are no matrices, or sizes that do not fit together
   * @throws {DataError} on other numbers than float32, on NaN or infinity, or too few pairs
   * @throws {GradientError} where a derivative of its gradients is asked for: while tfjs takes it
   * @throws {StateError} after `dispose()`
   */
  (x: Tensor, y: Tensor): Scalar;
  /** The objective's value in the last call, in nats: minus the loss, but for jsd, smile and rpc. NaN before the first. */
  readonly value: number;
  /**
   * The critic's: W of a bilinear one, d x d'; weights (outputs x inputs) and biases of a joint one; last the logarithm of
   * a learnt temperature. None before the first call, unless `dims` were given.
   */
  readonly trainableVariables: readonly Variable[];
  /**
   * One step of an optimiser, which does not wait for a GPU: embeddings are downloaded, the core computes the loss and its
   * gradients, and these are taken back through `embed`.
   *
   * `embed` is run twice, which costs a second forward pass; it must give the same embeddings both times. Dropout needs a
   * fixed seed, and batch normalisation moves its averages twice. Calls take their steps one after another, each from
   * where the one before arrived; steps of other losses that train the same variables must be waited for.
   *
   * @param embed gives x and y, as the loss takes them; what it makes is disposed of
   * @param variables what is trained: by default all of tfjs's that are trainable, the critic's among them
   * @returns the loss before the step
   * @throws as the loss; {ShapeError} also where the embeddings have other shapes the second time; {StateError}
   * also where the wasm backend lacks what `registerKernels` brings
   */
  minimize(
    optimizer: Pick<Optimizer, 'applyGradients'>,
    embed: Embed,
    variables?: readonly Variable[],
  ): Promise<number>;
  /**
   * Loss and gradients, without waiting for a GPU.
   *
   * @throws as the loss
   */
  valueAndGradsAsync(x: Tensor, y: Tensor): Promise<LossAndGrads>;
  /** Frees the core's memory and the critic's variables. */
  dispose(): void;
}

/**
 * The loss of an objective with a critic, for TensorFlow.js on any backend: `optimizer.minimize(() => loss(f(x), g(y)))`.
 *
 * The core computes value and gradients; the embeddings are copied to it and their gradients back. It works in `tidy`,
 * `grads`, `variableGrads` and `minimize`, and leaves no tensors. Gradients are computed only where a tape records.
 * Batches may change their sizes, but not where `positives` or `yIds` are given, which are those of one.
 *
 * @throws {OptionsError} on an unknown option, objective or critic, or `dims` that are no sizes
 */
export function contrastiveLoss(options: ContrastiveLossOptions): ContrastiveLoss {
  checkOptions(options, OPTIONS, 'contrastiveLoss');
  const { dims, ...shared } = options;
  resolveObjective(options.objective);
  const evaluator = lossEvaluator(shared);
  if (dims !== undefined) {
    const [d, yDim] = checkDims(dims);
    evaluator.variablesFor({ d, yDim });
  }
  const loss = (x: Tensor, y: Tensor): Scalar => {
    releaseAbandonedTape();
    return noting(() => {
      const sizes = embeddingSizes(x, y);
      return differentiable(evaluator, sizes, [x, y, ...evaluator.variablesFor(sizes)]);
    });
  };
  const turn = inTurn();
  const properties: { readonly [K in keyof ContrastiveLoss]: ContrastiveLoss[K] } = {
    get value() {
      return evaluator.value;
    },
    get trainableVariables() {
      return evaluator.variables;
    },
    minimize: (...given) => turn(() => needingKernels(() => minimizeDownloaded(evaluator, ...given))),
    valueAndGradsAsync: (x, y) => downloaded(evaluator, x, y),
    dispose,
    [Symbol.dispose]: dispose,
  };
  return Object.defineProperties(loss, Object.getOwnPropertyDescriptors(properties)) as ContrastiveLoss;

  function dispose(): void {
    releaseAbandonedTape();
    evaluator.dispose();
  }
}

function checkDims(dims: readonly number[]): readonly [number, number] {
  const [x, y] = Array.isArray(dims) ? dims : [];
  if (dims.length === 2 && [x, y].every((size) => Number.isSafeInteger(size) && Number(size) > 0)) return [x, y];
  throw new OptionsError(`dims must be [columns of x, columns of y], got ${shown(dims)}`);
}
