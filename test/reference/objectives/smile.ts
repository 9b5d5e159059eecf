import { at, mean, type Rows } from '../linear-algebra.js';
import type { Pairing } from '../pairing.js';
import { meanOverPositives } from './positive-scores.js';

/** The τ with which the reference and the library's tests run: small, so that some scores are clipped. */
export const CLIP = 0.75;

/**
 * What SMILE reports (it climbs Jensen-Shannon): mean_i Σ_p w_ip S_ip - ln mean_off exp(clip(S_ij, -τ, τ)).
 *
 * @see Song and Ermon 2020, eq. 10, https://arxiv.org/abs/1910.06222
 */
export function smileValue(scores: Rows, pairs: Pairing, clip: number = CLIP): number {
  const clipped = pairs.off.map(([i, j]) => Math.exp(Math.min(Math.max(at(scores, i, j), -clip), clip)));
  return meanOverPositives(scores, pairs, (score) => score) - Math.log(mean(clipped));
}
