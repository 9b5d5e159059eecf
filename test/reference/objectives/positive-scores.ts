import { at, mean, type Rows, sum } from '../linear-algebra.js';
import type { Pairing } from '../pairing.js';

/** Σ_p w_ip S_ip: the weighted mean score of query i's positives. */
export function positiveScore(scores: Rows, { positives }: Pairing, i: number): number {
  return sum((positives[i] ?? []).map(({ candidate, weight }) => weight * at(scores, i, candidate)));
}

/** The queries that have a positive. */
export function queriesWithPositives({ positives }: Pairing): number[] {
  return positives.flatMap((own, i) => (own.length > 0 ? [i] : []));
}

/** mean_i Σ_p w_ip f(S_ip), over the queries that have a positive. */
export function meanOverPositives(scores: Rows, pairs: Pairing, f: (score: number) => number): number {
  const mapped = (i: number) =>
    sum((pairs.positives[i] ?? []).map(({ candidate, weight }) => weight * f(at(scores, i, candidate))));
  return mean(queriesWithPositives(pairs).map(mapped));
}
