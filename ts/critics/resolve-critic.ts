import { OptionsError } from '../wasm/errors.js';
import { bilinear } from './bilinear.js';
import { cosine } from './cosine.js';
import { type Critic, type CriticName, type CriticOptions, criticNames } from './critic.js';
import { distance } from './distance.js';
import { joint } from './joint.js';
import { separable } from './separable.js';
import { squaredDistance } from './squared-distance.js';

const byName: Readonly<Record<CriticName, (options?: CriticOptions) => Critic>> = {
  separable,
  bilinear,
  cosine,
  distance,
  'squared-distance': squaredDistance,
  joint,
};

/**
 * The critic itself, or the one of that name with its defaults.
 *
 * @throws {OptionsError} on an unknown name
 */
export function resolveCritic(critic: Critic | CriticName): Critic {
  const name = typeof critic === 'string' ? critic : critic?.name;
  if (!Object.hasOwn(byName, name ?? '')) {
    throw new OptionsError(`unknown critic "${name ?? critic}": expected ${criticNames.join(', ')}`);
  }
  return typeof critic === 'string' ? byName[critic]() : critic;
}
