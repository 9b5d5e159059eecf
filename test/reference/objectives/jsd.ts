import { at, mean, type Rows } from '../linear-algebra.js';
import type { Pairing } from '../pairing.js';
import { meanOverPositives } from './positive-scores.js';

/**
 * Jensen-Shannon, as it is climbed: -mean_i Σ_p w_ip softplus(-S_ip) - mean_off softplus(S_ij).
 *
 * @see Poole et al. 2019, section 2.4, https://arxiv.org/abs/1905.06922
 */
export function jensenShannon(scores: Rows, pairs: Pairing): number {
  const joint = meanOverPositives(scores, pairs, (score) => -softplus(-score));
  return joint - mean(pairs.off.map(([i, j]) => softplus(at(scores, i, j))));
}

/** What JSD reports: NWJ of S + 1. */
export function jsdValue(scores: Rows, pairs: Pairing): number {
  const joint = meanOverPositives(scores, pairs, (score) => score);
  return 1 + joint - mean(pairs.off.map(([i, j]) => Math.exp(at(scores, i, j))));
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
