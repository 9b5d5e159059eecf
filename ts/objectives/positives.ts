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
  if ('offsets' in positives) return checked(positives);
  const offsets = new Uint32Array(positives.length + 1);
  positives.forEach((row, i) => {
    const bad = row.findIndex((j) => !Number.isInteger(j) || j < 0 || j > 0xffffffff);
    if (bad >= 0) throw new ShapeError(`positives of query ${i}: ${row[bad]} is no index of a candidate`);
    offsets[i + 1] = (offsets[i] ?? 0) + row.length;
  });
  return { offsets, indices: Uint32Array.from(positives.flat()), weights: null };
}

function checked({ offsets, indices, weights: given }: CompressedPositives): CorePositives {
  const weights = given ?? null;
  const words = offsets instanceof Uint32Array && indices instanceof Uint32Array;
  if (!words || !(weights === null || weights instanceof Float32Array)) {
    throw new ShapeError(
      'compressed positives are a Uint32Array of offsets, one of indices and a Float32Array of weights',
    );
  }
  if (offsets.length === 0 || (weights !== null && weights.length !== indices.length)) {
    throw new ShapeError(
      `compressed positives need offsets and a weight an index, got ${offsets.length} offsets, ${indices.length} indices` +
        ` and ${weights?.length ?? 'no'} weights`,
    );
  }
  return { offsets, indices, weights };
}
