import type { MatrixLike } from '../wasm/matrix.js';
import { evaluateLoss, type LossResult } from './evaluate-loss.js';
import type { LossOptions } from './loss-plan.js';

/**
 * The Fenchel-Legendre bound FLO (Guo et al. 2022, eq. 9) with the best u of each pair in closed form:
 * `mean_i [ Σ_p w_ip S_ip - ln mean_{j off in row i} e^S_ij ]`.
 *
 * The paper learns `u(x, y)` beside the critic; the u that is best on the batch leaves Donsker and Varadhan's bound a row
 * at a time, InfoNCE without the positive in its denominator (the decoupled contrastive loss of Yeh et al. 2022). It is
 * not capped at ln n, and over-estimates in the mean as DV does. Queries without a mismatched candidate are left out.
 *
 * @param x n x d, the queries' embeddings
 * @param y m x d, the candidates' embeddings; without `positives`, m >= n and row i of both is a pair
 * @throws {ShapeError} on shapes that do not fit
 * @throws {DataError} on NaN, infinity, malformed positives, too few pairs, or scores beyond single precision
 * @throws {OptionsError} on unknown names and values out of range
 */
export function flo(x: MatrixLike, y: MatrixLike, options?: LossOptions): LossResult {
  return evaluateLoss('flo', x, y, options);
}
