import { forward, inputJacobian, type ReferenceEncoder } from './encoder.js';
import { apply, dot, entry, mean, norm, type Rows, scale, subtract, transpose } from './linear-algebra.js';
import type { CriticName } from './scores.js';

/** The two encoders under a critic; without a name the bilinear one where there is a W, else the separable one. */
export interface PenalisedModel {
  readonly critic?: CriticName;
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
  const { encoderX, encoderY } = model;
  const [upstreamX, upstreamY] = scoreGradients(model, forward(encoderX, x), forward(encoderY, y));
  const gradientX = apply(transpose(inputJacobian(encoderX, x)), upstreamX);
  const gradientY = apply(transpose(inputJacobian(encoderY, y)), upstreamY);
  return norm([...gradientX, ...gradientY]);
}

/** |∇s(g, h)|₂ between the embeddings of two pairs, over all coordinates of g and h together. */
export function embeddingGradientNorm(model: PenalisedModel, { x, y }: PenaltyPoint): number {
  return norm(scoreGradients(model, x, y).flat());
}

/** The score's gradients by g and by h. */
function scoreGradients(
  { weights, critic = weights ? 'bilinear' : 'separable', temperature = 1 }: PenalisedModel,
  g: readonly number[],
  h: readonly number[],
): readonly [number[], number[]] {
  const over = (by: readonly number[]) => scale(by, 1 / temperature);
  const between = subtract(h, g);
  switch (critic) {
    case 'separable':
      return [over(h), over(g)];
    case 'bilinear':
      return [over(apply(weights ?? [], h)), over(apply(transpose(weights ?? []), g))];
    case 'squared-distance':
      return [over(scale(between, 2)), over(scale(between, -2))];
    case 'distance':
      return [over(scale(between, 1 / norm(between))), over(scale(between, -1 / norm(between)))];
    case 'cosine': {
      const [unitG, unitH] = [scale(g, 1 / norm(g)), scale(h, 1 / norm(h))];
      const c = dot(unitG, unitH);
      const side = (own: readonly number[], other: readonly number[], length: number) =>
        over(scale(subtract(other, scale(own, c)), 1 / length));
      return [side(unitG, unitH, norm(g)), side(unitH, unitG, norm(h))];
    }
    default:
      throw new Error(`no gradient of the ${critic} critic here`);
  }
}

/** coefficient · mean_k (n_k - target)², one-sided: only where n_k is above the target. */
export function penaltyOfNorms(norms: readonly number[], { coefficient, target, sides }: PenaltyOptions): number {
  const excess = norms.map((n) => (sides === 'one' ? Math.max(0, n - target) : n - target));
  return coefficient * mean(excess.map((e) => e * e));
}

/**
 * The gradient penalty at given points, over inputs, or over embeddings by {@link embeddingGradientNorm}.
 *
 * @see Gulrajani et al. 2017, eq. 3, https://arxiv.org/abs/1704.00028
 */
export function gradientPenalty(
  model: PenalisedModel,
  points: readonly PenaltyPoint[],
  options: PenaltyOptions,
  normAt: (model: PenalisedModel, point: PenaltyPoint) => number = gradientNorm,
): number {
  return penaltyOfNorms(
    points.map((point) => normAt(model, point)),
    options,
  );
}
