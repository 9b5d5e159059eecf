import { OptionsError } from '../../wasm/errors.js';
import { type Matrix, matrix } from '../../wasm/matrix.js';
import { normaliseRows } from './head-pass.js';

/** The first `size` numbers of each row, normalised again; the rows themselves where they have no more. */
export function truncated(rows: Matrix, size: number): Matrix {
  if (size === rows.cols) return rows;
  const out = new Float32Array(rows.rows * size);
  firstColumns(out, rows.data, rows.cols, size);
  normaliseRows(out, size);
  return matrix(out, rows.rows, size);
}

/** Writes the first `size` numbers of each row of `cols` to `out`. */
export function firstColumns(out: Float32Array, data: Float32Array, cols: number, size: number): void {
  for (let row = 0; row * cols < data.length; row++) {
    out.set(data.subarray(row * cols, row * cols + size), row * size);
  }
}

/**
 * The size wished for, the largest by default.
 *
 * @throws {OptionsError} on one that the adapter was not trained for
 */
export function checkedSize(size: number | undefined, sizes: readonly number[]): number {
  const [largest = 0] = sizes;
  if (size === undefined || sizes.includes(size)) return size ?? largest;
  throw new OptionsError(
    `dims must be one of the adapter's sizes (${sizes.join(', ')}), got ${size}: fitAdapter trains others by dims`,
  );
}
