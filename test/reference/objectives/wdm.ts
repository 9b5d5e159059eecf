import { at, mean, type Rows } from '../linear-algebra.js';
import type { Pairing } from '../pairing.js';
import { positiveScore, queriesWithPositives } from './positive-scores.js';

/**
 * WDM against the off pairs of all rows together: mean_i Σ_p w_ip S_ip - mean_off S_ij, the unbiased form.
 *
 * @see Ozair et al. 2019, https://arxiv.org/abs/1903.11780
 */
export function wdm(scores: Rows, pairs: Pairing): number {
  const joint = mean(queriesWithPositives(pairs).map((i) => positiveScore(scores, pairs, i)));
  return joint - mean(pairs.off.map(([i, j]) => at(scores, i, j)));
}

/** WDM against all kept pairs: mean_i [ Σ_p w_ip S_ip - mean_{j in K_i} S_ij ]. */
export function wdmAll(scores: Rows, pairs: Pairing): number {
  return mean(
    queriesWithPositives(pairs).map((i) => {
      const kept = pairs.kept[i].map((j) => at(scores, i, j));
      return positiveScore(scores, pairs, i) - mean(kept);
    }),
  );
}
