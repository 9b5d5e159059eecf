import { checkOptions } from '../wasm/check-options.js';
import { coreDependency } from '../wasm/transport-calls.js';
import { type PointsLike, toPoints } from './points.js';

/** The distance of pairs (x, y): |Δx| + |Δy|, or √(|Δx|² + |Δy|²). */
export type PairMetric = 'sum' | 'l2';

/** How pairs are measured. */
export interface DependencyW1Options {
  /** Default `sum`. */
  readonly metric?: PairMetric;
}

/** A sample's Wasserstein dependency with its certificate. */
export interface DependencyW1 {
  /** W₁ between the pairs and all combinations: never below it but for rounding. */
  readonly value: number;
  /** WDM over all pairs of `scores`: the mean of its diagonal less the mean of all; equal to `value` but for rounding. */
  readonly lowerBound: number;
  /** n x n, row-major: the scores f(xᵢ, yⱼ) of a best critic, 1-Lipschitz in the metric. */
  readonly scores: Float64Array;
}

/**
 * The Wasserstein dependency measure of a sample, exactly: W₁ between its n pairs (xᵢ, yᵢ) and its n² combinations
 * (xᵢ, yⱼ), each with equal weights. No critic with Lipschitz constant L has a WDM over all pairs above L times this.
 *
 * It is 0 where the rows tell nothing of each other, and scales with the data. By the network simplex, in float64; time
 * grows a little faster than n⁴: hundredths of a second for 40 pairs, half a second for 100.
 *
 * @param x n x d rows, or n numbers; at most 256
 * @param y n x e rows, or n numbers
 * @throws {ShapeError} on different numbers of rows, none, or more than 256
 * @throws {DataError} on numbers that are not finite
 * @throws {OptionsError} on an unknown metric
 * @see Ozair et al. 2019, https://arxiv.org/abs/1903.11780
 */
export function dependencyW1(x: PointsLike, y: PointsLike, options: DependencyW1Options = {}): DependencyW1 {
  checkOptions(options, { metric: true }, 'dependencyW1');
  const { metric = 'sum' } = options;
  const { value, lowerBound, proof } = coreDependency(toPoints(x, 'x'), toPoints(y, 'y'), metric);
  return { value, lowerBound, scores: proof };
}
