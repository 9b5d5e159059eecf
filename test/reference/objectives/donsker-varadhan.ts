import { at, mean, type Rows } from '../linear-algebra.js';
import { logSumExp } from '../log-sum-exp.js';
import type { Pairing } from '../pairing.js';
import { positiveScore, queriesWithPositives } from './positive-scores.js';

/**
 * Donsker-Varadhan: mean_i Σ_p w_ip S_ip - ln mean_off exp S_ij.
 *
 * @see Belghazi et al. 2018, https://arxiv.org/abs/1801.04062
 */
export function donskerVaradhan(scores: Rows, pairs: Pairing): number {
  const joint = mean(queriesWithPositives(pairs).map((i) => positiveScore(scores, pairs, i)));
  const off = pairs.off.map(([i, j]) => at(scores, i, j));
  return joint - (logSumExp(off) - Math.log(off.length));
}
