import { OptionsError } from '../wasm/errors.js';
import { shown } from '../wasm/shown.js';
import { nodeSystem } from './node-modules.js';

/** Rows that the core sums at a time: no step is split finer. */
const BLOCK = 64;
/** More threads than machines have; each holds a whole trainer. */
const MOST = 256;

/**
 * How many workers an option stands for: 'auto' is one a core, but no more than there are blocks of 64 rows in a batch, nor
 * than `useful`.
 *
 * @throws {OptionsError} unless it is 'auto' or a whole number from 1 to 256
 */
export async function workerCount(workers: number | 'auto', batch: number, useful = MOST): Promise<number> {
  if (workers === 'auto') return Math.max(1, Math.min(await cores(), Math.ceil(batch / BLOCK), useful));
  if (!Number.isSafeInteger(workers) || workers < 1 || workers > MOST) {
    throw new OptionsError(`workers must be 'auto' or a whole number from 1 to ${MOST}, got ${shown(workers)}`);
  }
  return workers;
}

async function cores(): Promise<number> {
  if (typeof process === 'object' && process.versions?.node !== undefined) {
    return (await nodeSystem()).availableParallelism();
  }
  // Some browsers keep it to themselves.
  return navigator.hardwareConcurrency || 1;
}
