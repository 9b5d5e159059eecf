import type { EngineMaker } from '../training/begin-run.js';
import { type FitResult, runFit } from '../training/fit.js';
import { FIT_OPTIONS, type FitOptions } from '../training/fit-options.js';
import { checkOptions, type KnownOptions } from '../wasm/check-options.js';
import type { CoreOptions } from '../wasm/core.js';
import { startPool } from './pool.js';
import { workerCount } from './worker-count.js';

/** How many workers take a run's steps. */
export interface WorkersOption {
  /**
   * A whole number from 1, or `auto`: one a core, but no more than there are blocks of 64 pairs in a batch. Each holds a
   * trainer of its own. The score matrix of a loss is split into eight parts at most, so `auto` is no more than eight
   * workers for `parallelLoss`, and further ones have nothing to do there. Default `auto`.
   */
  readonly workers?: number | 'auto';
}

const KNOWN: KnownOptions<FitOptions & WorkersOption> = { workers: true, ...FIT_OPTIONS };

/**
 * Trains as `fit` of `kantorovich` does, every batch split over workers. With `deterministic` the result is the same, bit
 * for bit, whatever their number, and a checkpoint goes on with any other number of them. The caller's thread only makes
 * batches and evaluates. It reads one batch ahead, before `onStep` of the step under way: a source sees nothing of what
 * that call leaves, and of a live stream the batch read last is lost where the run stops.
 *
 * @throws {WorkerError} naming a worker that does not start, or dies; the others have then ended, and the last checkpoint
 * resumes
 * @throws {OptionsError} on a number of workers that is none, and whatever else `fit` throws
 */
export async function fit(given: FitOptions & WorkersOption): Promise<FitResult> {
  checkOptions(given, KNOWN, 'fit');
  const { workers = 'auto', ...options } = given;
  return runFit(options, { makeEngine: workersEngine(workers, options) });
}

/** Steps by so many workers. */
export function workersEngine(workers: number | 'auto', options: CoreOptions): EngineMaker {
  return async (spec, trainer, state) => {
    const count = await workerCount(workers, spec.batch);
    const kept = state && { tensors: state.tensors, counters: state.counters };
    return startPool({ count, spec, options, trainer, state: kept });
  };
}
