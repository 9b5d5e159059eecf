import { readBytes } from '../../data/read-bytes.js';
import { CheckpointError, OptionsError } from '../../wasm/errors.js';
import { shown } from '../../wasm/shown.js';
import type { Adapter } from '../adapter.js';
import { type LoadAdapterOptions, loadAdapter } from '../load-adapter.js';

/**
 * The adapter in a file, for `loadAdapter`'s options.
 *
 * @throws {OptionsError} on what is no path
 * @throws {FileError} on a file that cannot be read
 * @throws {CheckpointError} on one that is broken or for another model, naming it
 */
export async function readAdapterFile(path: string, options: LoadAdapterOptions = {}): Promise<Adapter> {
  if (typeof path !== 'string') throw new OptionsError(`readAdapterFile takes a path, got ${shown(path)}`);
  const bytes = await readBytes(path);
  try {
    return loadAdapter(bytes, options);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new CheckpointError(`${path}: ${error.message}`, { cause: error });
  }
}
