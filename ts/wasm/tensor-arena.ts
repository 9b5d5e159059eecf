import { guard, succeed } from './call.js';
import { acquireTensors, type CoreOptions, type Instance } from './core.js';
import { ShapeError } from './errors.js';
import type { Pointer, TensorsExports } from './exports.js';
import { floats, words } from './memory.js';

/**
 * Room for the tensors of one operation, one after another, in the module that works on them. A module's memory never
 * shrinks: it stays at what its largest operation took, with a second copy of a product's B, or of a filter, as panels.
 */
export interface TensorArena {
  /** Copies values to the beginning of a tensor. */
  write(tensor: number, values: Float32Array): void;
  /** Sets a tensor to zeros. */
  clear(tensor: number): void;
  /** Copies as many values out as there is room for. */
  read(tensor: number, to: Float32Array): void;
  /**
   * Runs an operation.
   *
   * @param numbers what it takes besides the tensors
   * @param shifts where each tensor begins, counted from its own beginning
   */
  run(operation: Operation, numbers: readonly number[], shifts?: readonly number[]): void;
}

/** The exports that compute: they take the arena, and return 0 where they are not refused. */
export type Operation = (exports: TensorsExports, tensors: Pointer) => number;

/** Stands where an operation takes no such tensor. */
const NONE = 0xffffffff;

const tensorsOf = new WeakMap<Instance, Pointer>();

/**
 * Takes room; it is the same room each time, so that there is one arena at a time, and grows to the largest.
 *
 * @param lengths the numbers of each tensor, undefined for one that there is not; the last is the result
 * @throws {ShapeError} where the module has no room
 */
export function takeArena(lengths: readonly (number | undefined)[], options: CoreOptions): TensorArena {
  const core = acquireTensors(options);
  const tensors = pointerOf(core);
  const places = placesOf(lengths);
  const total = places.end;
  const at = guard(core, () => core.exports.tensors_arena(tensors, total));
  if (at === 0) throw new ShapeError(`no room for tensors of ${total} numbers in the module's memory`);
  const view = (tensor: number, length = lengths[tensor] ?? 0): Float32Array =>
    floats(core, at + (places.begins[tensor] ?? 0) * Float32Array.BYTES_PER_ELEMENT, length);
  return {
    write: (tensor, values) => view(tensor, values.length).set(values),
    clear: (tensor) => {
      view(tensor).fill(0);
    },
    read: (tensor, to) => to.set(view(tensor, to.length)),
    run(operation, numbers, shifts = []) {
      const begins = places.begins.map((begin, tensor) =>
        lengths[tensor] === undefined ? NONE : begin + (shifts[tensor] ?? 0),
      );
      const description = [...begins, ...numbers];
      words(core, core.exports.tensors_words(tensors), description.length).set(description);
      succeed(core, () => operation(core.exports, tensors));
    },
  };
}

function placesOf(lengths: readonly (number | undefined)[]): { begins: readonly number[]; end: number } {
  let end = 0;
  const begins = lengths.map((length = 0) => {
    const begin = end;
    // To a multiple of 16 bytes.
    end += Math.ceil(length / 4) * 4;
    return begin;
  });
  return { begins, end };
}

function pointerOf(core: Instance<TensorsExports>): Pointer {
  const known = tensorsOf.get(core);
  if (known !== undefined) return known;
  const fresh = guard(core, () => core.exports.tensors_new());
  tensorsOf.set(core, fresh);
  return fresh;
}
