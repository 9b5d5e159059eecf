import { type Matrix, matrix } from '../wasm/matrix.js';
import type { Split } from './pair-source.js';
import type { Pairs } from './pairs.js';

const FIFTHS: Readonly<Record<Split, readonly number[]>> = { train: [0, 1, 2], validation: [3], test: [4] };

/**
 * The rows of one part of a data set: of every five in a row the first three for training, the fourth for validation,
 * the fifth for testing, so that sorted data fall evenly into the parts.
 */
export function splitRows(rows: Matrix, split: Split): Matrix {
  const kept = keptRows(rows.rows, split);
  return matrix(gather(rows.data, rows.cols, kept), kept.length, rows.cols);
}

/** The pairs of one part of a data set, chosen as {@link splitRows} does. */
export function splitPairs({ x, y, labels, labelSizes = [], xShape, yShape }: Pairs, split: Split): Pairs {
  const kept = keptRows(x.rows, split);
  return {
    x: splitRows(x, split),
    y: splitRows(y, split),
    ...(labels && { labels: gather(labels, labelSizes.length, kept), labelSizes }),
    ...(xShape && { xShape }),
    ...(yShape && { yShape }),
  };
}

/** The rows from `start` to `end`, not copied. */
export function rowRange({ data, cols }: Matrix, start: number, end: number): Matrix {
  return matrix(data.subarray(start * cols, end * cols), end - start, cols);
}

function keptRows(count: number, split: Split): readonly number[] {
  return Array.from({ length: count }, (_, row) => row).filter((row) => FIFTHS[split].includes(row % 5));
}

function gather<T extends Float32Array | Uint8Array>(data: T, cols: number, rows: readonly number[]): T;
function gather(data: Float32Array | Uint8Array, cols: number, rows: readonly number[]): Float32Array | Uint8Array {
  const out = data instanceof Uint8Array ? new Uint8Array(rows.length * cols) : new Float32Array(rows.length * cols);
  rows.forEach((row, i) => {
    out.set(data.subarray(row * cols, (row + 1) * cols), i * cols);
  });
  return out;
}
