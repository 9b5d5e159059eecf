import type { MatrixLike } from '../wasm/matrix.js';
import { evaluateLoss, type LossResult } from './evaluate-loss.js';
import type { LossOptions } from './loss-plan.js';

/**
 * InfoNCE, the objective of contrastive predictive coding (van den Oord et al. 2018, eq. 4).
 *
 * `value = mean_i [ Σ_p w_ip S_ip - ln Σ_{j in K_i} e^S_ij + ln |K_i| ]`, at most ln |K_i|.
 *
 * @param x n x d, the queries' embeddings
 * @param y m x d, the candidates' embeddings; without `positives`, m >= n and row i of both is a pair
 * @throws {ShapeError} on shapes that do not fit
 * @throws {DataError} on NaN, infinity, malformed positives, too few pairs, or scores beyond single precision
 * @throws {OptionsError} on unknown names and values out of range
 */
export function infoNCE(x: MatrixLike, y: MatrixLike, options?: LossOptions): LossResult {
  return evaluateLoss('cpc', x, y, options);
}

/**
 * Half the sum of InfoNCE over rows and over columns (CLIP, Radford et al. 2021); columns without a positive are skipped.
 *
 * @param x n x d, the queries' embeddings
 * @param y m x d, the candidates' embeddings; without `positives`, m >= n and row i of both is a pair
 * @throws {ShapeError} on shapes that do not fit
 * @throws {DataError} on NaN, infinity, malformed positives, too few pairs, or scores beyond single precision
 * @throws {OptionsError} on unknown names and values out of range
 */
export function infoNCESymmetric(x: MatrixLike, y: MatrixLike, options?: LossOptions): LossResult {
  return evaluateLoss('cpc-symmetric', x, y, options);
}
