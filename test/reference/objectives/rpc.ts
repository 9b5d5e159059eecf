import { at, mean, type Rows } from '../linear-algebra.js';
import type { Pairing } from '../pairing.js';
import { meanOverPositives } from './positive-scores.js';

/** The numbers with which the reference and the library's tests run: every term counts. */
export const RELATIVE = { alpha: 0.75, beta: 0.125, gamma: 0.5 } as const;

/**
 * Relative predictive coding, as it is climbed:
 * mean_i Σ_p w_ip (S_ip - β/2 S_ip²) - mean_off (α S_ij + γ/2 S_ij²).
 *
 * @see Tsai et al. 2021, eq. 3, https://arxiv.org/abs/2103.11275
 */
export function relativePredictiveCoding(scores: Rows, pairs: Pairing, { alpha, beta, gamma } = RELATIVE): number {
  const joint = meanOverPositives(scores, pairs, (score) => score - (beta / 2) * score ** 2);
  const off = pairs.off.map(([i, j]) => at(scores, i, j));
  return joint - mean(off.map((score) => alpha * score + (gamma / 2) * score ** 2));
}

/** What it reports: the mean logarithm over the joint of the ratio of which a score is the optimum. */
export function rpcValue(scores: Rows, pairs: Pairing, { alpha, beta, gamma } = RELATIVE): number {
  const ratio = (score: number) => Math.max(gamma * score + alpha, 1e-4) / Math.max(1 - beta * score, 1e-4);
  return meanOverPositives(scores, pairs, (score) => Math.log(ratio(score)));
}
