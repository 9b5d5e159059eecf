import { at, mean, type Rows, transpose } from '../linear-algebra.js';
import { logSumExp } from '../log-sum-exp.js';
import { type Pairing, transposePairing } from '../pairing.js';
import { positiveScore, queriesWithPositives } from './positive-scores.js';

/**
 * InfoNCE by rows: mean_i [ Σ_p w_ip S_ip - ln Σ_{j in K_i} exp S_ij + ln m_i ].
 *
 * @see van den Oord et al. 2018, eq. 4, https://arxiv.org/abs/1807.03748
 */
export function infoNCE(scores: Rows, pairs: Pairing): number {
  return mean(
    queriesWithPositives(pairs).map((i) => {
      const kept = pairs.kept[i];
      return positiveScore(scores, pairs, i) - logSumExp(kept.map((j) => at(scores, i, j))) + Math.log(kept.length);
    }),
  );
}

/** Half the sum of InfoNCE by rows and InfoNCE by columns, columns without a positive skipped. */
export function infoNCESymmetric(scores: Rows, pairs: Pairing): number {
  return (infoNCE(scores, pairs) + infoNCE(transpose(scores), transposePairing(pairs, scores[0].length))) / 2;
}
