import { at, mean, type Rows } from '../linear-algebra.js';
import type { Pairing } from '../pairing.js';
import { positiveScore, queriesWithPositives } from './positive-scores.js';

/**
 * NWJ: 1 + mean_i Σ_p w_ip (S_ip - 1) - mean_off exp(S_ij - 1).
 *
 * @see Poole et al. 2019, https://arxiv.org/abs/1905.06922
 */
export function nwj(scores: Rows, pairs: Pairing): number {
  const joint = mean(queriesWithPositives(pairs).map((i) => positiveScore(scores, pairs, i)));
  return 1 + (joint - 1) - mean(pairs.off.map(([i, j]) => Math.exp(at(scores, i, j) - 1)));
}
