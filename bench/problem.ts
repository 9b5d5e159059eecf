/**
 * What an engine is asked to compute. Problems are plain data, made by a suite from a seed and sent to every
 * engine, so that all of them start from the same numbers. Matrices are row-major.
 */
export type Problem = LossProblem | StepProblem | NetworkProblem | ProductProblem | AdapterProblem;

/** A value and its gradients for `n` queries against `m` candidates of `d` numbers each. */
export interface LossProblem {
  readonly kind: 'loss';
  readonly objective: 'cpc' | 'cpc-symmetric' | 'wdm';
  readonly critic: 'separable' | 'bilinear' | 'cosine' | 'distance';
  readonly n: number;
  readonly m: number;
  readonly d: number;
  readonly temperature: number;
  /** Of everything, or of the queries only: the candidates are fixed then. */
  readonly gradients: 'all' | 'queries';
  /** [n, d]; row i belongs to row i of `y`. */
  readonly x: Float32Array;
  /** [m, d] */
  readonly y: Float32Array;
  /** [d, d], score = xᵀ W y; present for the bilinear critic only. */
  readonly weights?: Float32Array;
  /** How many workers share it; in the caller's thread alone where absent. Read by `kantorovich-workers` only. */
  readonly workers?: number;
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
  /** Null for none. */
  readonly penalty: PenaltyTerm | null;
  /** [n, widths[0]] */
  readonly x: Float32Array;
  /** [n, widths[0]] */
  readonly y: Float32Array;
  /** One matrix a layer, [out, in]. */
  readonly xWeights: readonly Float32Array[];
  /** One matrix a layer, [out, in]. */
  readonly yWeights: readonly Float32Array[];
  /** As {@link LossProblem.workers}. */
  readonly workers?: number;
}

/**
 * The one-sided gradient penalty that a step adds to its loss: coefficient times the mean of max(0, |∇f| - 1)², f the
 * score as a function of (x, y), at points drawn anew for each step between a pair of the batch and a pair of two of
 * its rows (Gulrajani et al. 2017).
 */
export interface PenaltyTerm {
  readonly coefficient: number;
  readonly points: number;
}

/**
 * The training steps of a {@link StepProblem} without a penalty, for encoders that may begin with convolutions over
 * square images of one channel: no padding, ReLU after every layer but the last.
 */
export interface NetworkProblem {
  readonly kind: 'network';
  /** Of an image, in pixels. */
  readonly side: number;
  readonly convolutions: readonly ConvolutionLayer[];
  /** Units of the dense layers that follow. */
  readonly units: readonly number[];
  readonly n: number;
  readonly learningRate: number;
  /** [n, side, side] */
  readonly x: Float32Array;
  /** [n, side, side] */
  readonly y: Float32Array;
  /** As PyTorch shapes them: [channels, channels in, kernel, kernel] and [out, in], an image's channels one by one. */
  readonly xWeights: readonly Float32Array[];
  /** The same. */
  readonly yWeights: readonly Float32Array[];
}

/** A convolution with square kernels. */
export interface ConvolutionLayer {
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
}

/** C = A Bᵀ, on matrices that are already where the engine keeps them. */
export interface ProductProblem {
  readonly kind: 'product';
  readonly rows: number;
  readonly cols: number;
  readonly depth: number;
  /** [rows, depth] */
  readonly a: Float32Array;
  /** [cols, depth] */
  readonly b: Float32Array;
}

/**
 * Training of an adapter, y = normalise(x + W x) of queries, W = 0 at the start: InfoNCE of `batch` queries at a time, in
 * order, over all `n` documents, a last short batch left out; Adam (0.9, 0.999, 1e-8), whose rate rises over the first
 * tenth of the steps and falls by half a cosine.
 */
export interface AdapterProblem {
  readonly kind: 'adapter';
  readonly n: number;
  readonly d: number;
  readonly batch: number;
  readonly epochs: number;
  /** What cosines are multiplied by. */
  readonly scale: number;
  readonly learningRate: number;
  /** [n, d], rows of length 1; row i belongs to row i of `y`. */
  readonly x: Float32Array;
  /** [n, d], rows of length 1, all different. */
  readonly y: Float32Array;
}

/** How many training steps an answer to a {@link StepProblem}, a {@link NetworkProblem} or an {@link AdapterProblem} covers. */
export const answerSteps = 3;

/**
 * Named results, compared between engines by name.
 *
 * - `loss`: `value` (one number) and gradients of it: `dX`, and where all are asked for `dY` and, for the bilinear
 *   critic, `dWeights`
 * - `step`: `losses` before each of the first {@link answerSteps} steps, and `gradient` of the first loss with
 *   respect to the first layer of the x encoder, [out, in], where the engine can give it
 * - `network`: `loss` before the first step, `later` before each of the other {@link answerSteps}, and `gradient` as above,
 *   [channels, channels in, kernel, kernel] where that layer is a convolution; without `later` from an engine that takes
 *   minutes a step
 * - `step` with a penalty: `loss` of the first step without the penalty, and of {@link alikeBatch} the `penalty` and
 *   the norm of its gradient by all parameters, `gradientNorm`
 * - `product`: `product`, [rows, cols]
 * - `adapter`: `values` of InfoNCE before each of the first {@link answerSteps} steps, and `gradient` of the first with
 *   respect to W, [d, d]
 */
export type Answer = Readonly<Record<string, Float32Array>>;

/** How many runs' work an answer to the problem is, about. */
export function answerRuns({ kind }: Problem): number {
  // The gradient of a network comes with the first step.
  if (kind === 'network') return answerSteps;
  return kind === 'step' || kind === 'adapter' ? answerSteps + 1 : 1;
}

/**
 * The problem with its first pair in every row. Wherever between two rows a penalty is then taken, it is at the same
 * point, so that engines with different random numbers agree on it; and InfoNCE's own gradient is 0.
 */
export function alikeBatch(problem: StepProblem): StepProblem {
  const { n, x, y, widths } = problem;
  const repeat = (rows: Float32Array) => Float32Array.from({ length: n * widths[0] }, (_, k) => rows[k % widths[0]]);
  return { ...problem, x: repeat(x), y: repeat(y) };
}
