import { checkOptions } from '../wasm/check-options.js';
import type { MatrixLike } from '../wasm/matrix.js';
import { evaluateLoss, type LossResult } from './evaluate-loss.js';
import { LOSS_OPTIONS, type LossOptions } from './loss-plan.js';
import type { RpcParameters } from './objective.js';

/** Options of {@link rpc}. */
export interface RpcOptions extends LossOptions, RpcParameters {}

/**
 * Relative predictive coding (Tsai et al. 2021, eq. 3).
 *
 * It climbs `mean_i Σ_p w_ip (S_ip - β/2 S_ip²) - mean over off pairs of (α S + γ/2 S²)`, whose optimal critic is
 * `(r - α) / (β r + γ)` with r the density ratio. The value inverts that: the mean over positives of
 * `ln r = ln((γ S + α) / (1 - β S))`, numerator and denominator at least 1e-4; the mutual information in nats where the
 * critic is optimal, no bound elsewhere. (The authors' code prints the ratio at the mean score, which is larger.)
 * Gradients are of what it climbs, the result's `surrogate`.
 *
 * @param x n x d, the queries' embeddings
 * @param y m x d, the candidates' embeddings; without `positives`, m >= n and row i of both is a pair
 * @throws {ShapeError} on shapes that do not fit
 * @throws {DataError} on NaN, infinity, malformed positives, too few pairs, or scores beyond single precision
 * @throws {OptionsError} on unknown names and values out of range
 */
export function rpc(x: MatrixLike, y: MatrixLike, options: RpcOptions = {}): LossResult {
  checkOptions(options, { ...LOSS_OPTIONS, alpha: true, beta: true, gamma: true }, 'rpc');
  const { alpha, beta, gamma, ...others } = options;
  return evaluateLoss({ name: 'rpc', alpha, beta, gamma }, x, y, others);
}
