import type { MatrixLike } from '../wasm/matrix.js';
import { evaluateLoss, type LossResult } from './evaluate-loss.js';
import type { LossOptions } from './loss-plan.js';

/**
 * Wasserstein predictive coding (Ozair et al. 2019, eq. 6): InfoNCE's form for a critic that is Lipschitz in (x, y).
 *
 * Here the embeddings are given; keeping the critic Lipschitz is the caller's affair (`fit` does it).
 *
 * @param x n x d, the queries' embeddings
 * @param y m x d, the candidates' embeddings; without `positives`, m >= n and row i of both is a pair
 * @throws {ShapeError} on shapes that do not fit
 * @throws {DataError} on NaN, infinity, malformed positives, too few pairs, or scores beyond single precision
 * @throws {OptionsError} on unknown names and values out of range
 */
export function wpc(x: MatrixLike, y: MatrixLike, options?: LossOptions): LossResult {
  return evaluateLoss('wpc', x, y, options);
}

/**
 * Wasserstein predictive coding over rows and columns: see {@link wpc}.
 *
 * @param x n x d, the queries' embeddings
 * @param y m x d, the candidates' embeddings; without `positives`, m >= n and row i of both is a pair
 * @throws {ShapeError} on shapes that do not fit
 * @throws {DataError} on NaN, infinity, malformed positives, too few pairs, or scores beyond single precision
 * @throws {OptionsError} on unknown names and values out of range
 */
export function wpcSymmetric(x: MatrixLike, y: MatrixLike, options?: LossOptions): LossResult {
  return evaluateLoss('wpc-symmetric', x, y, options);
}
