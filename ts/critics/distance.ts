import { createCritic } from './create-critic.js';
import type { Critic, CriticOptions } from './critic.js';

/**
 * The distance critic, `S_ij = -|g_i - h_j| / temperature`. Default temperature 1.
 *
 * With 1-Lipschitz encoders its Lipschitz constant is √2 / temperature in the Euclidean metric on (x, y), and
 * 1 / temperature in the sum metric. Where embeddings coincide the gradient is 0.
 *
 * @throws {OptionsError} on a temperature that is not above 0
 */
export function distance(options: CriticOptions = {}): Critic {
  return createCritic('distance', options);
}
