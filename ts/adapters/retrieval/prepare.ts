import { DataError, OptionsError, ShapeError } from '../../wasm/errors.js';
import type { Matrix } from '../../wasm/matrix.js';
import { shown } from '../../wasm/shown.js';
import { lengthOf } from '../inputs/length-of.js';

/** How a query scores a document. */
export type RetrievalMetric = 'cosine' | 'inner-product';

/** How the index stores documents; queries stay float32. */
export type Quantization = 'none' | 'int8' | 'binary';

const INT8_MOST = 127;
const FLOAT32_MOST = 3.4028234663852886e38;

/**
 * Rows as they are compared by inner products. `truncate` keeps the first dimensions and gives each row back the length
 * it had; cosines then take every row to length 1, computed in float64.
 *
 * @throws {OptionsError} on a truncation that is no number of dimensions
 * @throws {DataError} where a row's first dimensions are all zero
 */
export function preparedRows(
  { data, rows, cols }: Matrix,
  { metric, truncate }: { readonly metric: RetrievalMetric; readonly truncate?: number | undefined },
  name: string,
): Matrix {
  const kept = truncate ?? cols;
  if (!Number.isSafeInteger(kept) || kept < 1 || kept > cols) {
    throw new OptionsError(
      `truncate must be a whole number from 1 to ${cols}, the dimensions of ${name}, got ${shown(truncate)}`,
    );
  }
  if (metric === 'inner-product' && kept === cols) return { data, rows, cols };
  const out = new Float32Array(rows * kept);
  for (let row = 0; row < rows; row++) {
    const from = data.subarray(row * cols, row * cols + kept);
    const length = lengthOf(from);
    if (length === 0) throw new DataError(`${name}: row ${row} is zero in its first ${kept} dimensions`);
    const wanted = metric === 'cosine' ? 1 : lengthOf(data.subarray(row * cols, (row + 1) * cols));
    for (let k = 0; k < kept; k++) out[row * kept + k] = (from[k] / length) * wanted;
  }
  return { data: out, rows, cols: kept };
}

/**
 * What an index that stores documents so would compute with: `int8`, whole numbers from -127 to 127 times one scale, the
 * largest number of the index over 127; `binary`, 1 where a number is above 0 and -1 elsewhere.
 */
export function quantized({ data, rows, cols }: Matrix, quantization: Quantization): Matrix {
  switch (quantization) {
    case 'none':
      return { data, rows, cols };
    case 'int8': {
      const scale = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / INT8_MOST;
      return { data: data.map((value) => Math.round(value / scale) * scale), rows, cols };
    }
    case 'binary':
      return { data: data.map((value) => (value > 0 ? 1 : -1)), rows, cols };
    default:
      throw new OptionsError(`quantize must be none, int8 or binary, got ${shown(quantization satisfies never)}`);
  }
}

/**
 * Refuses rows whose inner products do not exist or leave float32.
 *
 * @throws {ShapeError} on rows of two lengths
 * @throws {DataError} on numbers so large that a score could overflow
 */
export function checkComparable(queries: Matrix, documents: Matrix): void {
  if (queries.cols !== documents.cols) {
    throw new ShapeError(`queries have ${queries.cols} dimensions, documents ${documents.cols}; they must agree`);
  }
  const most = longest(queries) * longest(documents);
  if (most < FLOAT32_MOST) return;
  throw new DataError(`inner products may reach ${most.toExponential(1)}, beyond float32; scale the vectors down`);
}

function longest({ data, rows, cols }: Matrix): number {
  let most = 0;
  for (let row = 0; row < rows; row++) most = Math.max(most, lengthOf(data.subarray(row * cols, (row + 1) * cols)));
  return most;
}
