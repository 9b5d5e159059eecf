import { createEvaluation, type Instance } from './core.js';
import type { EvaluationExports, Pointer } from './exports.js';
import { type Scratch, type SpecValue, specText, withScratch } from './memory.js';

/** Runs one call on an instance of its own, which keeps nothing. */
export function evaluate<T>(work: (scratch: Scratch, core: Instance<EvaluationExports>) => T): T {
  const core = createEvaluation();
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
