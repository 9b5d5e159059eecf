import { checkOptions } from '../wasm/check-options.js';
import type { MatrixLike } from '../wasm/matrix.js';
import { evaluateLoss, type LossResult } from './evaluate-loss.js';
import { LOSS_OPTIONS, type LossOptions } from './loss-plan.js';
import type { SmileParameters } from './objective.js';

/** Options of {@link smile}. */
export interface SmileOptions extends LossOptions, SmileParameters {}

/**
 * SMILE (Song and Ermon 2020, eq. 10): climbs as {@link jsd} does; the value is Donsker and Varadhan's with clipped
 * scores, `mean_i Σ_p w_ip S_ip - ln mean over off pairs of e^clip(S, -τ, τ)`.
 *
 * Clipping bounds the variance; the value is no bound, and may be above the mutual information. Gradients are of what it
 * climbs, the result's `surrogate`.
 *
 * @param x n x d, the queries' embeddings
 * @param y m x d, the candidates' embeddings; without `positives`, m >= n and row i of both is a pair
 * @throws {ShapeError} on shapes that do not fit
 * @throws {DataError} on NaN, infinity, malformed positives, too few pairs, or scores beyond single precision
 * @throws {OptionsError} on unknown names and values out of range
 */
export function smile(x: MatrixLike, y: MatrixLike, options: SmileOptions = {}): LossResult {
  checkOptions(options, { ...LOSS_OPTIONS, clip: true }, 'smile');
  const { clip, ...others } = options;
  return evaluateLoss({ name: 'smile', clip }, x, y, others);
}
