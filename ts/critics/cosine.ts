import { checkOptions } from '../wasm/check-options.js';
import { CRITIC_OPTIONS, createCritic } from './create-critic.js';
import type { Critic, CriticOptions } from './critic.js';

/**
 * The cosine critic, `S_ij = g_i · h_j / (temperature |g_i| |h_j|)`: NT-Xent of SimCLR (Chen et al. 2020), CLIP.
 *
 * Default temperature 0.1. The cosine with a zero vector is 0, and so is its gradient.
 *
 * @throws {OptionsError} on a temperature that is not above 0
 */
export function cosine(options: CriticOptions = {}): Critic {
  checkOptions(options, CRITIC_OPTIONS, 'the cosine critic');
  const { temperature = 0.1, ...others } = options;
  return createCritic('cosine', { temperature, ...others });
}
