import { FileError } from '../data/file-error.js';
import { readBytes } from '../data/read-bytes.js';
import { OptionsError } from '../wasm/errors.js';
import type { TrainSettings } from './commands/train-options.js';

/** Settings with all that a run needs. */
export type CompleteSettings = TrainSettings & { readonly data: string };

/**
 * The settings of a new run.
 *
 * @throws {OptionsError} where no data are named
 */
export function newSettings(settings: TrainSettings): CompleteSettings {
  const { data } = settings;
  if (data === undefined) throw new OptionsError('train needs --data, such as --data digits:3x3 (or --resume)');
  return { ...settings, data };
}

/**
 * The settings of a run that goes on: those it was begun with, and in their place those that were `given` this time.
 *
 * @throws {FileError} where they cannot be read
 */
export async function resumedSettings(path: string, given: Partial<TrainSettings>): Promise<CompleteSettings> {
  const text = new TextDecoder().decode(await readBytes(path));
  try {
    const begun: TrainSettings = JSON.parse(text);
    return newSettings({ ...begun, ...given });
  } catch (error) {
    if (error instanceof OptionsError) throw error;
    throw new FileError(`${path} does not hold the settings of a run`, { cause: error });
  }
}

/** What a run is called: `wpc-separable-gradient-penalty`; its default folder is named so. */
export function runName({ objective, critic, lipschitz }: TrainSettings): string {
  return [objective, critic, lipschitz].filter((part) => part !== undefined).join('-');
}
