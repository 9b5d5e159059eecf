import type { MatrixLike } from '../wasm/matrix.js';
import { evaluateLoss, type LossResult } from './evaluate-loss.js';
import type { LossOptions } from './loss-plan.js';

/**
 * The Wasserstein dependency measure over mismatched pairs (Ozair et al. 2019, eq. 4), the unbiased form.
 *
 * `value = mean_i Σ_p w_ip S_ip - mean of S over the off pairs of all rows`; no n x m work for separable, bilinear and
 * cosine critics. A Wasserstein quantity only for a Lipschitz critic.
 *
 * @param x n x d, the queries' embeddings
 * @param y m x d, the candidates' embeddings; without `positives`, m >= n and row i of both is a pair
 * @throws {ShapeError} on shapes that do not fit
 * @throws {DataError} on NaN, infinity, malformed positives, too few pairs, or scores beyond single precision
 * @throws {OptionsError} on unknown names and values out of range
 */
export function wdm(x: MatrixLike, y: MatrixLike, options?: LossOptions): LossResult {
  return evaluateLoss('wdm', x, y, options);
}

/**
 * The Wasserstein dependency measure over all pairs: `mean_i [ Σ_p w_ip S_ip - mean_{j in K_i} S_ij ]`.
 *
 * Divided by the critic's Lipschitz constant, a lower bound on W_1 between the sample's joint and the product of its
 * marginals.
 *
 * @param x n x d, the queries' embeddings
 * @param y m x d, the candidates' embeddings; without `positives`, m >= n and row i of both is a pair
 * @throws {ShapeError} on shapes that do not fit
 * @throws {DataError} on NaN, infinity, malformed positives, too few pairs, or scores beyond single precision
 * @throws {OptionsError} on unknown names and values out of range
 */
export function wdmAll(x: MatrixLike, y: MatrixLike, options?: LossOptions): LossResult {
  return evaluateLoss('wdm-all', x, y, options);
}
