/** What is measured of a ranking. */
export type MetricKind = 'recall' | 'precision' | 'MRR' | 'nDCG' | 'MAP';

/** A metric with its cut-off, such as `recall@10`. */
export type MetricName = `${MetricKind}@${number}`;

/** The metrics, in the order in which they are printed. */
export const METRIC_KINDS = ['recall', 'precision', 'MRR', 'nDCG', 'MAP'] as const satisfies readonly MetricKind[];

/**
 * The metrics of one query's ranking at cut-off k, as trec_eval defines them (its names: recall_k, P_k, recip_rank,
 * ndcg_cut_k, map_cut_k): relevant is what has a grade above 0; precision divides by k even where fewer documents were
 * ranked; recall and average precision divide by all relevant documents; nDCG's gain is the grade itself, its discount
 * log2(rank + 1). MRR@k is 0 where the first relevant document comes after rank k.
 *
 * @param ranked grades in the order of the ranking, 0 for what is not relevant; those from k on are not read
 * @param relevant grades of all relevant documents, at least one, in any order
 */
export function rankingMetrics(
  ranked: ArrayLike<number>,
  relevant: ArrayLike<number>,
  k: number,
): Readonly<Record<MetricKind, number>> {
  let [found, precisions, gain, first] = [0, 0, 0, 0];
  for (let i = 0; i < Math.min(k, ranked.length); i++) {
    if (!(ranked[i] > 0)) continue;
    found += 1;
    precisions += found / (i + 1);
    gain += ranked[i] / Math.log2(i + 2);
    if (first === 0) first = i + 1;
  }
  return {
    recall: found / relevant.length,
    precision: found / k,
    MRR: first === 0 ? 0 : 1 / first,
    nDCG: gain / idealGain(relevant, k),
    MAP: precisions / relevant.length,
  };
}

function idealGain(relevant: ArrayLike<number>, k: number): number {
  const falling = Float64Array.from(relevant).sort().reverse();
  return falling.subarray(0, k).reduce((sum, grade, i) => sum + grade / Math.log2(i + 2), 0);
}
