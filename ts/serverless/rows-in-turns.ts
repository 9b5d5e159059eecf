import { rowRange } from '../data/row-splits.js';
import { type Matrix, matrix } from '../wasm/matrix.js';
import type { Turns } from './deadline.js';

/** Rows between two turns: some milliseconds of work. */
const ROWS = 256;

/** `map` of blocks of rows, one after the other, with turns for others in between; a row must not depend on the others. */
export async function rowsInTurns(
  rows: Matrix,
  turns: Turns,
  map: (block: Matrix, start: number) => Matrix,
): Promise<Matrix> {
  const first = map(rowRange(rows, 0, Math.min(ROWS, rows.rows)), 0);
  if (first.rows === rows.rows) return first;
  const { cols } = first;
  const data = new Float32Array(rows.rows * cols);
  data.set(first.data);
  for (let start = ROWS; start < rows.rows; start += ROWS) {
    await turns();
    data.set(map(rowRange(rows, start, Math.min(start + ROWS, rows.rows)), start).data, start * cols);
  }
  return matrix(data, rows.rows, cols);
}
