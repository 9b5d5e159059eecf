import { createEvaluation, createTransport, type Instance } from './core.js';
import type { EvaluationExports, ModuleExports, Pointer, TransportExports } from './exports.js';
import { type Scratch, type SpecValue, specText, withScratch } from './memory.js';

type Work<Exports extends ModuleExports, T> = (scratch: Scratch, core: Instance<Exports>) => T;

/** Runs one call on an instance of its own of what judges representations. */
export function evaluate<T>(work: Work<EvaluationExports, T>): T {
  return runOn(createEvaluation(), work);
}

/** Runs one call on an instance of its own of what transports. */
export function transport<T>(work: Work<TransportExports, T>): T {
  return runOn(createTransport(), work);
}

function runOn<Exports extends ModuleExports, T>(core: Instance<Exports>, work: Work<Exports, T>): T {
  return withScratch(core, (scratch) => work(scratch, core));
}

/** A description, where the core reads it. */
export function described(
  put: Scratch['put'],
  spec: Readonly<Record<string, SpecValue>>,
): readonly [at: Pointer, length: number] {
  const text = specText(spec);
  return [put(text), text.length];
}

/** The bytes of float64 numbers. */
export function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A copy of the `length` float64 numbers at `at`. */
export function doubles(core: Instance, at: Pointer, length: number): number[] {
  return [...new Float64Array(core.exports.memory.buffer, at, length)];
}
