import { forward, inputJacobian, type ReferenceEncoder } from './encoder.js';
import { apply, entry, mean, norm, type Rows, scale, transpose } from './linear-algebra.js';

/** The two encoders under a critic that is bilinear in the embeddings: gᵀ W h / τ; without W the separable one. */
export interface PenalisedModel {
  readonly encoderX: ReferenceEncoder;
  readonly encoderY: ReferenceEncoder;
  readonly weights?: Rows;
  readonly temperature?: number;
}

/** How gradient norms become a penalty. */
export interface PenaltyOptions {
  readonly coefficient: number;
  readonly target: number;
  readonly sides: 'one' | 'two';
}

/** A point (x, y) at which the critic's gradient is taken. */
export interface PenaltyPoint {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** `share` of the joint pair and the rest of the product pair; one share for all coordinates of x and of y. */
export function interpolate(share: number, joint: PenaltyPoint, product: PenaltyPoint): PenaltyPoint {
  const mix = (a: readonly number[], b: readonly number[]) =>
    a.map((value, k) => share * value + (1 - share) * entry(b, k));
  return { x: mix(joint.x, product.x), y: mix(joint.y, product.y) };
}

/** |∇f(x, y)|₂ over all coordinates of x and y together. */
export function gradientNorm(model: PenalisedModel, { x, y }: PenaltyPoint): number {
  const { encoderX, encoderY, weights, temperature = 1 } = model;
  const g = forward(encoderX, x);
  const h = forward(encoderY, y);
  const upstreamX = scale(weights ? apply(weights, h) : h, 1 / temperature);
  const upstreamY = scale(weights ? apply(transpose(weights), g) : g, 1 / temperature);
  const gradientX = apply(transpose(inputJacobian(encoderX, x)), upstreamX);
  const gradientY = apply(transpose(inputJacobian(encoderY, y)), upstreamY);
  return norm([...gradientX, ...gradientY]);
}

/** coefficient · mean_k (n_k - target)², one-sided: only where n_k is above the target. */
export function penaltyOfNorms(norms: readonly number[], { coefficient, target, sides }: PenaltyOptions): number {
  const excess = norms.map((n) => (sides === 'one' ? Math.max(0, n - target) : n - target));
  return coefficient * mean(excess.map((e) => e * e));
}

/**
 * The gradient penalty at given points.
 *
 * @see Gulrajani et al. 2017, eq. 3, https://arxiv.org/abs/1704.00028
 */
export function gradientPenalty(
  model: PenalisedModel,
  points: readonly PenaltyPoint[],
  options: PenaltyOptions,
): number {
  return penaltyOfNorms(
    points.map((point) => gradientNorm(model, point)),
    options,
  );
}
