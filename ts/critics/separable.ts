import { createCritic } from './create-critic.js';
import type { Critic, CriticOptions } from './critic.js';

/**
 * The separable critic, `S_ij = g_i · h_j / temperature`: the inner product. Default temperature 1.
 *
 * @throws {OptionsError} on a temperature that is not above 0
 */
export function separable(options: CriticOptions = {}): Critic {
  return createCritic('separable', options);
}
