import type { CriticLayer } from '../critics/critic.js';
import { splitLayers } from '../critics/layers.js';
import { resolveCritic } from '../critics/resolve-critic.js';
import { checkOptions } from '../wasm/check-options.js';
import { type Matrix, type MatrixLike, toMatrix } from '../wasm/matrix.js';
import { LOSS_OPTIONS, type LossOptions, type LossPlan, lossPlan } from './loss-plan.js';
import type { Objective, ObjectiveName } from './objective.js';

/** A value and gradients (of what is maximised: add them to climb). */
export interface LossResult {
  /** In nats. */
  readonly value: number;
  /** What the gradients are of: the value, but for jsd, smile and rpc, which climb one number and report another. */
  readonly surrogate: number;
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
  /** By the joint critic's layers, in order. */
  readonly layers?: readonly CriticLayer[];
  readonly temperature: number;
}

/** Evaluates `objective` once: copies x and y in and the gradients out. For loops, keep a {@link lossPlan}. */
export function evaluateLoss(
  objective: Objective | ObjectiveName,
  xLike: MatrixLike,
  yLike: MatrixLike,
  options: LossOptions = {},
): LossResult {
  checkOptions(options, LOSS_OPTIONS, 'a loss');
  const [x, y] = [toMatrix(xLike, 'x'), toMatrix(yLike, 'y')];
  const plan = lossPlan({ ...options, objective, n: x.rows, m: y.rows, d: x.cols, yDim: y.cols });
  try {
    plan.x.set(x.data);
    plan.y.set(y.data);
    plan.run();
    return result(plan, x, y, options);
  } finally {
    plan.dispose();
  }
}

function result(
  plan: LossPlan,
  x: Matrix,
  y: Matrix,
  { gradients = 'all', critic = 'separable' }: LossOptions,
): LossResult {
  const copy = (data: Float32Array, rows: number, cols: number): Matrix => ({ data: data.slice(), rows, cols });
  const { value, surrogate } = plan;
  const dX = gradients === 'none' ? null : copy(plan.dX, x.rows, x.cols);
  if (gradients !== 'all') return { value, surrogate, dX, dY: null, dCritic: null };
  const weights = plan.dWeights;
  const temperature = plan.dTemperature;
  const { network } = resolveCritic(critic);
  const dCritic: CriticGradient = {
    ...(network !== null && { layers: splitLayers(weights, network.hidden, x.cols + y.cols) }),
    ...(network === null && weights.length > 0 && { weights: copy(weights, x.cols, y.cols) }),
    temperature,
  };
  return { value, surrogate, dX, dY: copy(plan.dY, y.rows, y.cols), dCritic };
}
