import type { Instance } from './core.js';
import { DataError, InternalError, OptionsError, ShapeError, StateError } from './errors.js';
import type { Pointer } from './exports.js';
import { readText } from './memory.js';

const REFUSALS = [InternalError, ShapeError, DataError, OptionsError, StateError] as const;

/**
 * Runs `work` in `core`. A trap is a fault of ours: the instance is given up, so that the next call gets a fresh one.
 *
 * @throws {StateError} where the instance was given up earlier
 * @throws {InternalError} on a trap
 */
export function guard<T>(core: Instance, work: () => T): T {
  if (core.lost) throw new StateError('this object was lost when an earlier call failed: create it anew');
  try {
    return work();
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    core.lost = true;
    throw new InternalError(`the core failed (${error.message}); please report how`, { cause: error });
  }
}

/** The handle that a constructor returned, or the refusal it left, thrown. */
export function handle(core: Instance, create: () => Pointer): Pointer {
  const pointer = guard(core, create);
  if (pointer === 0) throw refusal(core);
  return pointer;
}

/** Throws the refusal that a call left, unless its status is 0. */
export function succeed(core: Instance, run: () => number): void {
  if (guard(core, run) !== 0) throw refusal(core);
}

function refusal(core: Instance): Error {
  const { refusal_kind, refusal_message, refusal_length } = core.exports;
  const Refusal = REFUSALS[refusal_kind()] ?? InternalError;
  return new Refusal(readText(core, refusal_message(), refusal_length()));
}
