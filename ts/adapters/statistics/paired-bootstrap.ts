import { quickRandom } from './quick-random.js';
import { unitSums } from './unit-sums.js';

/** What resampling queries says of a mean difference. */
export interface PairedBootstrap {
  readonly mean: number;
  /** The central 95 % of resampled means. */
  readonly interval: readonly [number, number];
  /** The share of resampled means that are not above 0, counted as (1 + those) / (1 + all): one-sided. */
  readonly p: number;
}

const RESAMPLES = 5000;
const STREAM = 2;

/**
 * The paired bootstrap (Efron and Tibshirani 1993, ch. 13) over queries: the same seed gives the same numbers. Queries of
 * a unit are drawn together.
 *
 * @param differences adapted minus base, a number a query
 * @param units see {@link unitSums}
 */
export function pairedBootstrap(differences: Float64Array, seed: number, units?: ArrayLike<number>): PairedBootstrap {
  const { sums, counts } = unitSums(differences, units);
  const n = sums.length;
  const next = quickRandom(seed, STREAM);
  const means = new Float64Array(RESAMPLES);
  for (let at = 0; at < RESAMPLES; at++) {
    let [sum, count] = [0, 0];
    for (let i = 0; i < n; i++) {
      const drawn = Math.floor(next() * n);
      sum += sums[drawn];
      count += counts[drawn];
    }
    means[at] = sum / count;
  }
  means.sort();
  const notAbove = means.filter((value) => value <= 0).length;
  const quantile = (share: number) => means[Math.round(share * (RESAMPLES - 1))] ?? 0;
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  return { mean, interval: [quantile(0.025), quantile(0.975)], p: (1 + notAbove) / (1 + RESAMPLES) };
}
