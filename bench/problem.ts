/**
 * What an engine is asked to compute. Problems are plain data, made by a suite from a seed and sent to every
 * engine, so that all of them start from the same numbers. Matrices are row-major.
 */
export type Problem = LossProblem | StepProblem;

/** A value and all its gradients for `n` queries against `m` candidates of `d` numbers each. */
export interface LossProblem {
  readonly kind: 'loss';
  readonly objective: 'cpc' | 'cpc-symmetric' | 'wdm';
  readonly critic: 'separable' | 'bilinear' | 'cosine';
  readonly n: number;
  readonly m: number;
  readonly d: number;
  readonly temperature: number;
  /** [n, d]; row i belongs to row i of `y`. */
  readonly x: Float32Array;
  /** [m, d] */
  readonly y: Float32Array;
  /** [d, d], score = xᵀ W y; present for the bilinear critic only. */
  readonly weights?: Float32Array;
}

/**
 * Training steps of two encoders (dense layers, ReLU between them, biases of 0 at the start) on one batch:
 * forward, InfoNCE with the separable critic, backward, Adam (0.9, 0.999, 1e-8).
 */
export interface StepProblem {
  readonly kind: 'step';
  /** Input first: [784, 512, 256, 64]. */
  readonly widths: readonly number[];
  readonly n: number;
  readonly learningRate: number;
  /** [n, widths[0]] */
  readonly x: Float32Array;
  /** [n, widths[0]] */
  readonly y: Float32Array;
  /** One matrix a layer, [out, in]. */
  readonly xWeights: readonly Float32Array[];
  /** One matrix a layer, [out, in]. */
  readonly yWeights: readonly Float32Array[];
}

/** How many training steps an answer to a {@link StepProblem} covers. */
export const answerSteps = 3;

/**
 * Named results, compared between engines by name.
 *
 * - `loss`: `value` (one number), `dX`, `dY` and, for the bilinear critic, `dWeights`: gradients of the value
 * - `step`: `losses` before each of the first {@link answerSteps} steps, and `gradient` of the first loss with
 *   respect to the first layer of the x encoder, [out, in], where the engine can give it
 */
export type Answer = Readonly<Record<string, Float32Array>>;
