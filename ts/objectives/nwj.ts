import type { MatrixLike } from '../wasm/matrix.js';
import { evaluateLoss, type LossResult } from './evaluate-loss.js';
import type { LossOptions } from './loss-plan.js';

/**
 * The bound of Nguyen, Wainwright and Jordan 2010 (Poole et al. 2019, eq. 6):
 * `mean_i Σ_p w_ip S_ip - mean over off pairs of e^(S - 1)`.
 *
 * @param x n x d, the queries' embeddings
 * @param y m x d, the candidates' embeddings; without `positives`, m >= n and row i of both is a pair
 * @throws {ShapeError} on shapes that do not fit
 * @throws {DataError} on NaN, infinity, malformed positives, too few pairs, or scores beyond single precision
 * @throws {OptionsError} on unknown names and values out of range
 */
export function nwj(x: MatrixLike, y: MatrixLike, options?: LossOptions): LossResult {
  return evaluateLoss('nwj', x, y, options);
}
