import { ShapeError } from '../wasm/errors.js';
import type { Matrix } from '../wasm/matrix.js';
import type { Batch, PairSource } from './pair-source.js';

/** What a column is shifted and scaled by: z = (v - mean) * scale. */
export interface Standardiser {
  readonly mean: Float32Array;
  /** 1 / standard deviation; 1 for a column that is constant. */
  readonly scale: Float32Array;
}

/** One standardiser for each side of a pair. */
export interface PairStandardiser {
  readonly x: Standardiser;
  readonly y: Standardiser;
}

/**
 * Means and standard deviations (of the n values, not n - 1) of a matrix's columns, in float64, in two passes. A
 * column whose deviation is no more than float32 rounding of its mean counts as constant: it becomes 0, not noise.
 *
 * @throws {ShapeError} on a matrix without rows
 */
export function fitStandardiser({ data, rows, cols }: Matrix): Standardiser {
  if (rows === 0) throw new ShapeError('a matrix with 0 rows has no mean');
  const mean = new Float64Array(cols);
  const variance = new Float64Array(cols);
  forEachValue(data, cols, (value, j) => {
    mean[j] += value / rows;
  });
  forEachValue(data, cols, (value, j) => {
    variance[j] += (value - mean[j]) ** 2 / rows;
  });
  const scale = Float32Array.from(variance, (v, j) => (isConstant(v, mean[j]) ? 1 : 1 / Math.sqrt(v)));
  return { mean: Float32Array.from(mean), scale };
}

/**
 * Standardises rows in place.
 *
 * @throws {ShapeError} where `values` is not a whole number of rows
 */
export function applyStandardiser({ mean, scale }: Standardiser, values: Float32Array): void {
  if (values.length % mean.length !== 0) {
    throw new ShapeError(
      `the standardiser has ${mean.length} columns, ${values.length} numbers are no whole rows of it`,
    );
  }
  forEachValue(values, mean.length, (value, j, i) => {
    values[i] = (value - mean[j]) * scale[j];
  });
}

/** The same source with both sides standardised; the source's own arrays stay as they are. */
export function standardisedPairs(source: PairSource, standardiser: PairStandardiser): PairSource {
  return { ...source, batches: (options) => standardisedBatches(source.batches(options), standardiser) };
}

async function* standardisedBatches(
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  standardiser: PairStandardiser,
): AsyncGenerator<Batch> {
  let x: Float32Array = new Float32Array(0);
  let y: Float32Array = new Float32Array(0);
  for await (const batch of batches) {
    x = copyInto(x, batch.x);
    y = copyInto(y, batch.y);
    applyStandardiser(standardiser.x, x);
    applyStandardiser(standardiser.y, y);
    yield { ...batch, x, y };
  }
}

function copyInto(buffer: Float32Array, values: Float32Array): Float32Array {
  if (buffer.length !== values.length) return values.slice();
  buffer.set(values);
  return buffer;
}

function isConstant(variance: number, mean: number): boolean {
  // A deviation below the smallest normal float32 would make the scale infinite.
  return variance <= Math.max((mean * 2 ** -23) ** 2, 2 ** -252);
}

function forEachValue(
  data: Float32Array,
  cols: number,
  visit: (value: number, col: number, index: number) => void,
): void {
  for (let start = 0; start < data.length; start += cols) {
    for (let j = 0; j < cols; j++) visit(data[start + j], j, start + j);
  }
}
