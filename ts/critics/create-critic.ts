import { OptionsError } from '../wasm/errors.js';
import type { Critic, CriticName, CriticOptions } from './critic.js';

/**
 * A critic of its parts.
 *
 * @throws {OptionsError} on a temperature that is not above 0
 */
export function createCritic(
  name: CriticName,
  { temperature = 1, learnTemperature = false }: CriticOptions,
  { weights = null, network = null }: Partial<Pick<Critic, 'weights' | 'network'>> = {},
): Critic {
  if (!(temperature > 0 && Number.isFinite(temperature))) {
    throw new OptionsError(`temperature must be a number above 0, got ${temperature}`);
  }
  return { name, temperature, learnTemperature, weights, network };
}
