import type { Instance } from './core.js';
import { OptionsError, ShapeError } from './errors.js';
import type { Pointer } from './exports.js';

type WordArray = Float32Array | Uint32Array;

/** The `length` numbers at `at`, as a view that the next call into the module may detach. */
export function floats(core: Instance, at: Pointer, length: number): Float32Array {
  return new Float32Array(core.exports.memory.buffer, at, length);
}

/** The `length` words at `at`, as a view that the next call into the module may detach. */
export function words(core: Instance, at: Pointer, length: number): Uint32Array {
  return new Uint32Array(core.exports.memory.buffer, at, length);
}

/** The text at `at`, UTF-8. */
export function readText(core: Instance, at: Pointer, bytes: number): string {
  return new TextDecoder().decode(new Uint8Array(core.exports.memory.buffer, at, bytes));
}

/** Memory that lives for one call: everything taken from it is freed when the call ends. */
export interface Scratch {
  /** Copies `values` in. */
  put(values: WordArray | Uint8Array): Pointer;
  /** Room for `bytes` bytes, at a multiple of 16. */
  room(bytes: number): Pointer;
}

/**
 * Runs `work` with memory for its arguments.
 *
 * @throws {ShapeError} where the module has no room left
 */
export function withScratch<T>(core: Instance, work: (scratch: Scratch) => T): T {
  const taken: [Pointer, number][] = [];
  const room = (bytes: number): Pointer => {
    const at = core.exports.allocate(bytes);
    if (at === 0) throw new ShapeError(`no room for ${bytes} bytes in the module's memory`);
    taken.push([at, bytes]);
    return at;
  };
  const put = (values: WordArray | Uint8Array): Pointer => {
    const at = room(values.byteLength);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    new Uint8Array(core.exports.memory.buffer, at, values.byteLength).set(bytes);
    return at;
  };
  try {
    return work({ put, room });
  } finally {
    if (!core.lost) for (const [at, bytes] of taken) core.exports.deallocate(at, bytes);
  }
}

/** A value in a description of an object to create. */
export type SpecValue = string | number | boolean | readonly number[];

/** The description as `crates/wasm` reads it: a `key=value` line each, lists parted by commas. */
export function specText(spec: Readonly<Record<string, SpecValue>>): Uint8Array {
  const lines = Object.entries(spec).map(([key, value]) => `${key}=${String(value).replaceAll('\n', ' ')}`);
  return new TextEncoder().encode(lines.join('\n'));
}

/**
 * Numbers that need not be whole, as the hexadecimal digits of their 64 bits.
 *
 * @throws {OptionsError} on what is no number
 */
export function bits(numbers: Readonly<Record<string, unknown>>): Record<string, string> {
  const view = new DataView(new ArrayBuffer(8));
  const digits = (key: string, value: unknown): string => {
    if (typeof value !== 'number') throw new OptionsError(`${key} must be a number, got ${value}`);
    view.setFloat64(0, value);
    return view.getBigUint64(0).toString(16);
  };
  return Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, digits(key, value)]));
}
