import { checkOptions } from '../wasm/check-options.js';
import { type MatrixLike, toMatrix } from '../wasm/matrix.js';
import { CRITIC_OPTIONS, createCritic } from './create-critic.js';
import type { Critic, CriticOptions } from './critic.js';

/** Options of {@link bilinear}. */
export interface BilinearOptions extends CriticOptions {
  /** W, xDim x yDim; by default the identity (ones on the diagonal where the sizes differ). */
  readonly weights?: MatrixLike;
}

/**
 * The bilinear critic of CPC, `S_ij = g_iᵀ W h_j / temperature` (van den Oord et al. 2018, eq. 3). Default temperature 1.
 *
 * @throws {OptionsError} on a temperature that is not above 0
 * @throws {ShapeError} on weights that are no matrix
 */
export function bilinear(given: BilinearOptions = {}): Critic {
  checkOptions(given, { ...CRITIC_OPTIONS, weights: true }, 'the bilinear critic');
  const { weights, ...options } = given;
  return createCritic('bilinear', options, { weights: weights === undefined ? null : toMatrix(weights, 'weights') });
}
