import { defaultLipschitz } from '../training/fit-options.js';
import { OptionsError } from '../wasm/errors.js';
import type { TrainFlags, TrainSettings } from './commands/train-options.js';
import { areModelFiles } from './model-files.js';

/** A setting that only others bring into play. */
interface Dependence {
  readonly settings: readonly (keyof TrainSettings)[];
  readonly on: 'critic' | 'lipschitz' | 'optimiser';
  readonly values: readonly string[];
}

const DEPENDENCES: readonly Dependence[] = [
  { settings: ['criticHidden'], on: 'critic', values: ['joint'] },
  { settings: ['momentum'], on: 'optimiser', values: ['sgd'] },
  {
    settings: ['penaltyCoefficient', 'penaltyTarget', 'penaltySides', 'penaltyPoints', 'penaltyOver'],
    on: 'lipschitz',
    values: ['gradient-penalty'],
  },
  { settings: ['orthonormaliseEvery'], on: 'lipschitz', values: ['orthonormal'] },
  { settings: ['spectralNorm'], on: 'lipschitz', values: ['spectral'] },
  {
    settings: ['radius', 'projectEvery'],
    on: 'lipschitz',
    values: ['spectral-ball', 'l1', 'l-infinity', 'frobenius', 'box'],
  },
  { settings: ['lagrangianPairs', 'lagrangianMultiplier'], on: 'lipschitz', values: ['lagrangian'] },
];

/**
 * Refuses settings that were given and would change nothing.
 *
 * @throws {OptionsError} naming the option, and what would use it
 */
export function refuseIdleOptions(settings: TrainSettings, given: Partial<TrainSettings>): void {
  const { critic, optimiser, objective, encoder, encoderY = encoder } = settings;
  const { lipschitz = defaultLipschitz(objective, encoder, encoderY) } = settings;
  const chosen = { critic, optimiser, lipschitz };
  for (const { settings: names, on, values } of DEPENDENCES) {
    const idle = names.find((name) => given[name] !== undefined);
    if (idle === undefined || values.includes(chosen[on])) continue;
    throw new OptionsError(`${flag(idle)} has no effect with --${on} ${chosen[on]}: it is for ${values.join(', ')}`);
  }
}

/**
 * Refuses flags and settings that only native encoders know, or only models of TensorFlow.js.
 *
 * @throws {OptionsError} naming the flag
 */
export function refuseIdleFlags(settings: TrainSettings, flags: TrainFlags): void {
  const { encoder, activation } = settings;
  if (!areModelFiles(settings)) {
    if (flags.backend === undefined) return;
    throw new OptionsError('--backend is for models of TensorFlow.js, such as --encoder model.json');
  }
  const native = { activation, workers: flags.workers, turbo: flags.turbo };
  const idle = Object.entries(native).find(([, value]) => value !== undefined)?.[0];
  if (idle !== undefined) throw new OptionsError(`${flag(idle)} is for native encoders, not for ${encoder}`);
}

/** A setting's name on a command line. */
export function flag(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
