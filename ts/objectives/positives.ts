import { ShapeError } from '../wasm/errors.js';
import type { CorePositives } from '../wasm/loss.js';

/** Positives as compressed rows: those of query i are `indices[offsets[i]..offsets[i + 1]]`. */
export interface CompressedPositives {
  /** One more than there are queries, rising from 0. */
  readonly offsets: Uint32Array;
  /** Candidates, row after row. */
  readonly indices: Uint32Array;
  /** Grades beside `indices`, at least 0; scaled to sum to 1 in each row. Equal if absent. */
  readonly weights?: Float32Array;
}

/** Which candidates are right for each query: compressed rows, or a list of candidates a query. */
export type Positives = CompressedPositives | readonly (readonly number[])[];

/**
 * Positives as the core takes them.
 *
 * @throws {ShapeError} on a candidate that is no index
 */
export function compressPositives(positives: Positives): CorePositives {
  if ('offsets' in positives) return { ...positives, weights: positives.weights ?? null };
  const offsets = new Uint32Array(positives.length + 1);
  positives.forEach((row, i) => {
    const bad = row.find((j) => !Number.isInteger(j) || j < 0 || j > 0xffffffff);
    if (bad !== undefined) throw new ShapeError(`positives of query ${i}: ${bad} is no index of a candidate`);
    offsets[i + 1] = (offsets[i] ?? 0) + row.length;
  });
  return { offsets, indices: Uint32Array.from(positives.flat()), weights: null };
}
