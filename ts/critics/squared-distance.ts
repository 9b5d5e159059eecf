import { createCritic } from './create-critic.js';
import type { Critic, CriticOptions } from './critic.js';

/**
 * The squared distance, `S_ij = -|g_i - h_j|² / temperature`; not Lipschitz. Default temperature 1.
 *
 * @throws {OptionsError} on a temperature that is not above 0
 */
export function squaredDistance(options: CriticOptions = {}): Critic {
  return createCritic('squared-distance', options);
}
