import { checkOptions, type KnownOptions } from '../wasm/check-options.js';
import { OptionsError } from '../wasm/errors.js';
import type { Critic, CriticName, CriticOptions } from './critic.js';

/** Every one of {@link CriticOptions}. */
export const CRITIC_OPTIONS: KnownOptions<CriticOptions> = { temperature: true, learnTemperature: true };

/**
 * A critic of its parts.
 *
 * @throws {OptionsError} on a temperature that is not above 0
 */
export function createCritic(
  name: CriticName,
  options: CriticOptions,
  { weights = null, network = null }: Partial<Pick<Critic, 'weights' | 'network'>> = {},
): Critic {
  checkOptions(options, CRITIC_OPTIONS, `the ${name} critic`);
  const { temperature = 1, learnTemperature = false } = options;
  if (!(temperature > 0 && Number.isFinite(temperature))) {
    throw new OptionsError(`temperature must be a number above 0, got ${temperature}`);
  }
  return { name, temperature, learnTemperature, weights, network };
}
