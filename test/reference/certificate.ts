import type { ReferenceEncoder } from './encoder.js';
import type { CriticName } from './scores.js';
import { spectralNorm } from './singular-values.js';

/** The metric on pairs (x, y): √(|Δx|² + |Δy|²), or |Δx| + |Δy|. */
export type PairMetric = 'euclidean' | 'sum';

/** Π ‖W_l‖₂: ReLU, leaky ReLU and MaxMin are 1-Lipschitz, biases change nothing. */
export function encoderConstant({ layers }: ReferenceEncoder): number {
  return layers.reduce((product, { weights }) => product * spectralNorm(weights), 1);
}

/**
 * A Lipschitz constant of f(x, y) = critic(g(x), h(y)), for encoders with constants `g` and `h`; null where none
 * follows: products of unbounded embeddings, and the squared distance, are not Lipschitz at all, and the cosine is not
 * near zero.
 *
 * For -|g - h| / τ: |Δf| τ <= g |Δx| + h |Δy|, so max(g, h) in the sum metric and √(g² + h²) in the Euclidean one.
 */
export function criticConstant(
  critic: { readonly name: CriticName; readonly temperature: number },
  { g, h }: { readonly g: number; readonly h: number },
  metric: PairMetric,
): number | null {
  if (critic.name !== 'distance') return null;
  return (metric === 'sum' ? Math.max(g, h) : Math.hypot(g, h)) / critic.temperature;
}

/** A lower bound on W₁(empirical joint, product of the marginals): WDM over all pairs of one sample, divided by L. */
export function w1LowerBound(wdmAll: number, lipschitzConstant: number): number {
  return Math.max(0, wdmAll) / lipschitzConstant;
}
