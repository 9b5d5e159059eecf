import type { CoreOptions } from './core.js';
import { type Operation, takeArena } from './tensor-arena.js';

/** Numbers that are in the module at a time: 1 MiB stays in a cache. */
const AT_ONCE = 1 << 18;

const addRows: Operation = (exports, tensors) => exports.tensors_add_rows(tensors);

/**
 * Writes the sum of a row-major matrix's rows, as long as `out`.
 *
 * @throws {ShapeError} where the module has no room
 */
export function sumOfRows(values: Float32Array, out: Float32Array, options: CoreOptions = {}): void {
  const cols = out.length;
  const step = Math.max(1, Math.floor(AT_ONCE / cols)) * cols;
  const arena = takeArena([Math.min(step, values.length), cols], options);
  arena.clear(1);
  for (let first = 0; first < values.length; first += step) {
    const rows = values.subarray(first, first + step);
    arena.write(0, rows);
    arena.run(addRows, [rows.length / cols, cols]);
  }
  arena.read(1, out);
}
