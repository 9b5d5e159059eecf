import type { MatrixLike } from '../wasm/matrix.js';
import { evaluateLoss, type LossResult } from './evaluate-loss.js';
import type { LossOptions } from './loss-plan.js';

/**
 * The Jensen-Shannon objective (Nowozin et al. 2016; Poole et al. 2019, section 2.4), reported by NWJ.
 *
 * It climbs `mean_i Σ_p -w_ip ln(1 + e^-S_ip) - mean over off pairs of ln(1 + e^S)`, whose optimal critic is the
 * logarithm of the density ratio; the value is NWJ of S + 1, `1 + mean_i Σ_p w_ip S_ip - mean over off pairs of e^S`, a
 * lower bound on the mutual information. Gradients are of what it climbs, the result's `surrogate`.
 *
 * @param x n x d, the queries' embeddings
 * @param y m x d, the candidates' embeddings; without `positives`, m >= n and row i of both is a pair
 * @throws {ShapeError} on shapes that do not fit
 * @throws {DataError} on NaN, infinity, malformed positives, too few pairs, or scores beyond single precision
 * @throws {OptionsError} on unknown names and values out of range
 */
export function jsd(x: MatrixLike, y: MatrixLike, options?: LossOptions): LossResult {
  return evaluateLoss('jsd', x, y, options);
}
