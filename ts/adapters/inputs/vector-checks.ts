import { DataError, OptionsError } from '../../wasm/errors.js';
import type { Matrix } from '../../wasm/matrix.js';
import type { VectorId } from './ids.js';

/** Embeddings as everything here computes with them: finite float32 rows, none of them zero. */
export interface Vectors extends Matrix {
  /** One a row; null where rows go by their number, from 0. */
  readonly ids: readonly VectorId[] | null;
}

/** Refuses what no metric can rank by: no rows, numbers that are not finite, zero vectors. */
export function checkedVectors({ data, rows, cols }: Matrix, ids: readonly VectorId[] | null, name: string): Vectors {
  if (rows === 0 || cols === 0) throw new DataError(`${name}: expected at least one vector, got ${rows} x ${cols}`);
  for (let row = 0; row < rows; row++) {
    let size = 0;
    for (let i = row * cols; i < (row + 1) * cols; i++) size += Math.abs(data[i]);
    if (size > 0 && size < Number.POSITIVE_INFINITY) continue;
    const own = data.subarray(row * cols, (row + 1) * cols);
    const column = own.findIndex((number) => !Number.isFinite(number));
    if (column < 0) throw new DataError(`${name}: row ${row} is a zero vector, which points nowhere`);
    throw new DataError(`${name}: row ${row} column ${column} is ${own[column]}, expected a finite float32`);
  }
  return { data, rows, cols, ids };
}

/** Rows of packed bits as 1 and -1: `bits` a row, a multiple of 8. */
export function unpackBits(bytes: Uint8Array, bits: number): Float32Array {
  const out = new Float32Array((bytes.length / (bits / 8)) * bits);
  for (let i = 0; i < out.length; i++) out[i] = (bytes[i >> 3] >> (7 - (i & 7))) & 1 ? 1 : -1;
  return out;
}

/**
 * Int8 numbers times their steps.
 *
 * @throws {OptionsError} on a scale that is not above 0, or of another number of dimensions
 */
export function scaleInt8(
  data: Int8Array,
  dims: number,
  scale: number | ArrayLike<number>,
  name: string,
): Float32Array {
  const steps =
    typeof scale === 'number'
      ? new Float64Array(dims).fill(scale)
      : Float64Array.from(scale ?? [], (step: unknown) => (typeof step === 'number' ? step : Number.NaN));
  if (steps.length !== dims || steps.some((step) => !(step > 0 && Number.isFinite(step)))) {
    throw new OptionsError(`${name}: scale must be a finite number above 0, or one for each of the ${dims} dimensions`);
  }
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = data[i] * steps[i % dims];
  return out;
}
