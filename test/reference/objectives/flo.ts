import { at, mean, type Rows } from '../linear-algebra.js';
import type { Pairing } from '../pairing.js';

/**
 * FLO: mean over queries with off pairs of Σ_p w_ip [1 - u_ip - exp(-u_ip) mean_off exp(S_ij - S_ip)], at the u_ip that
 * makes each bracket largest.
 *
 * @see Guo et al. 2022, eq. 9, https://arxiv.org/abs/2107.01131
 */
export function flo(scores: Rows, pairs: Pairing): number {
  const rows = pairs.positives.flatMap((positives, i) => {
    const off = pairs.off.filter(([query]) => query === i).map(([, j]) => at(scores, i, j));
    if (off.length === 0 || positives.length === 0) return [];
    return positives.reduce((sum, { candidate, weight }) => {
      const ratio = mean(off.map((score) => Math.exp(score - at(scores, i, candidate))));
      const u = Math.log(ratio);
      return sum + weight * (1 - u - Math.exp(-u) * ratio);
    }, 0);
  });
  return mean(rows);
}
