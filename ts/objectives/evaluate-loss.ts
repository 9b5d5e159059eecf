import { type Matrix, type MatrixLike, toMatrix } from '../wasm/matrix.js';
import { type LossOptions, type LossPlan, lossPlan } from './loss-plan.js';
import type { ObjectiveName } from './objective.js';

/** A value and its gradients (of the value, which is maximised: add them to climb). */
export interface LossResult {
  /** In nats. */
  readonly value: number;
  /** By x, n x d; null where not asked for. */
  readonly dX: Matrix | null;
  /** By y, m x d; null where not asked for. */
  readonly dY: Matrix | null;
  /** By the critic's parameters; null where not asked for. */
  readonly dCritic: CriticGradient | null;
}

/** The gradient by a critic's parameters. */
export interface CriticGradient {
  /** By the bilinear critic's W, xDim x yDim. */
  readonly weights?: Matrix;
  readonly temperature: number;
}

/** Evaluates `objective` once: copies x and y in and the gradients out. For loops, keep a {@link lossPlan}. */
export function evaluateLoss(
  objective: ObjectiveName,
  xLike: MatrixLike,
  yLike: MatrixLike,
  options: LossOptions = {},
): LossResult {
  const [x, y] = [toMatrix(xLike, 'x'), toMatrix(yLike, 'y')];
  const plan = lossPlan({ ...options, objective, n: x.rows, m: y.rows, d: x.cols, yDim: y.cols });
  try {
    plan.x.set(x.data);
    plan.y.set(y.data);
    return result(plan, plan.run(), x, y, options);
  } finally {
    plan.dispose();
  }
}

function result(plan: LossPlan, value: number, x: Matrix, y: Matrix, { gradients = 'all' }: LossOptions): LossResult {
  const copy = (data: Float32Array, rows: number, cols: number): Matrix => ({ data: data.slice(), rows, cols });
  const dX = gradients === 'none' ? null : copy(plan.dX, x.rows, x.cols);
  if (gradients !== 'all') return { value, dX, dY: null, dCritic: null };
  const weights = plan.dWeights;
  const temperature = plan.dTemperature;
  const dCritic = weights.length > 0 ? { weights: copy(weights, x.cols, y.cols), temperature } : { temperature };
  return { value, dX, dY: copy(plan.dY, y.rows, y.cols), dCritic };
}
