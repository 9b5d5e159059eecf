import { ShapeError } from '../wasm/errors.js';
import { type Matrix, type MatrixLike, toMatrix } from '../wasm/matrix.js';
import { shown } from '../wasm/shown.js';
import { epochBatches } from './epochs.js';
import type { Batch, BatchOptions, SyncPairSource } from './pair-source.js';
import { checkedPairs, type Pairs } from './pairs.js';

/** Pairs as matrices or as arrays of rows. */
export type ArrayPairs = Omit<Pairs, 'x' | 'y'> & Readonly<Record<'x' | 'y', MatrixLike>>;

/**
 * A source over pairs in memory, in shuffled epochs. Matrices are not copied.
 *
 * @throws {ShapeError} on shapes that do not fit together
 * @throws {DataError} on numbers that are not finite
 */
export function arrayPairs(given: ArrayPairs): SyncPairSource {
  const pairs = toPairs(given);
  const { x, y, labelSizes = [], xShape, yShape } = pairs;
  return {
    xDim: x.cols,
    yDim: y.cols,
    ...(xShape && { xShape }),
    ...(yShape && { yShape }),
    pairs: x.rows,
    labelSizes,
    mutualInformation: null,
    batches: (options) => gatherBatches(pairs, epochBatches(x.rows, options), options),
  };
}

/**
 * Pairs whose sides are matrices, of pairs that come from outside.
 *
 * @throws {ShapeError} on what is no { x, y }, or shapes that do not fit together
 * @throws {DataError} on numbers that are not finite
 */
export function toPairs(given: ArrayPairs): Pairs {
  if (typeof given !== 'object' || given === null) throw new ShapeError(`pairs must be { x, y }, got ${shown(given)}`);
  return checkedPairs({ ...given, x: toMatrix(given.x, 'x'), y: toMatrix(given.y, 'y') });
}

function* gatherBatches(
  { x, y, labels, labelSizes = [] }: Pairs,
  epochs: ReturnType<typeof epochBatches>,
  { batch }: BatchOptions,
): Generator<Batch> {
  const factors = labelSizes.length;
  const gathered = {
    size: batch,
    x: new Float32Array(batch * x.cols),
    y: new Float32Array(batch * y.cols),
    ...(labels && { labels: new Uint8Array(batch * factors) }),
  };
  for (const { indices, cursor } of epochs) {
    gatherRows(x, indices, gathered.x);
    gatherRows(y, indices, gathered.y);
    if (labels && gathered.labels) gatherLabels(labels, factors, indices, gathered.labels);
    yield { ...gathered, cursor };
  }
}

function gatherRows({ data, cols }: Matrix, indices: Uint32Array, out: Float32Array): void {
  indices.forEach((row, slot) => {
    out.set(data.subarray(row * cols, (row + 1) * cols), slot * cols);
  });
}

function gatherLabels(labels: Uint8Array, factors: number, indices: Uint32Array, out: Uint8Array): void {
  indices.forEach((row, slot) => {
    out.set(labels.subarray(row * factors, (row + 1) * factors), slot * factors);
  });
}
