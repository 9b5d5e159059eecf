import type { ImageShape } from '../encoders/image-shape.js';
import { DataError, ShapeError } from '../wasm/errors.js';
import { type Matrix, matrix } from '../wasm/matrix.js';
import { type Batch, checkedBatchSize, checkSource, type PairSource } from './pair-source.js';

/** Pairs held in memory: row i of `x` belongs to row i of `y`. */
export interface Pairs {
  readonly x: Matrix;
  readonly y: Matrix;
  /** rows x factors, where the hidden factors are known. */
  readonly labels?: Uint8Array;
  /** Classes of each factor. */
  readonly labelSizes?: readonly number[];
  /** The images that rows of x hold, where they are known. */
  readonly xShape?: ImageShape;
  /** The images that rows of y hold, where they are known. */
  readonly yShape?: ImageShape;
}

/**
 * Checks pairs that come from outside.
 *
 * @throws {ShapeError} where x and y have different numbers of rows, or labels do not fit them
 * @throws {DataError} on a number that is NaN or infinite, naming matrix, row and column
 */
export function checkedPairs(pairs: Pairs): Pairs {
  const { x, y, labels, labelSizes = [] } = pairs;
  if (x.rows !== y.rows) throw new ShapeError(`x has ${x.rows} rows, y has ${y.rows}: pairs need as many of each`);
  if (labels !== undefined && labels.length !== x.rows * labelSizes.length) {
    throw new ShapeError(`expected ${x.rows} x ${labelSizes.length} labels, got ${labels.length}`);
  }
  requireFinite(x, 'x');
  requireFinite(y, 'y');
  return pairs;
}

/**
 * Passes where all numbers are finite.
 *
 * @throws {DataError} naming the first that is not
 */
export function requireFinite({ data, cols }: Matrix, name: string): void {
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) {
      throw new DataError(
        `${name} must hold finite numbers, row ${Math.floor(i / cols)} column ${i % cols} is ${data[i]}`,
      );
    }
  }
}

/**
 * Draws `count` pairs from a source into memory: the items of a probe, or a fixed training set. From a source that
 * holds a number of pairs, no pair is drawn twice.
 *
 * @throws {OptionsError} unless `count` is a whole number from 1
 * @throws {DataError} where the source has fewer, or its iterable ends before
 */
export async function collectPairs(source: PairSource, count: number, seed: number): Promise<Pairs> {
  checkSource(source, 'the source');
  const collected = emptyPairs(source, count);
  // Within one epoch, and one batch never leaves it.
  const batch = source.pairs === null ? Math.min(count, 256) : count;
  let found = 0;
  for await (const drawn of source.batches({ batch, seed })) {
    found = append(collected, found, drawn, source.labelSizes.length);
    if (found === count) break;
  }
  if (found < count) throw new DataError(`asked for ${count} pairs, the source ended after ${found}`);
  return collected;
}

function emptyPairs({ xDim, yDim, xShape, yShape, labelSizes }: PairSource, count: number): Pairs {
  checkedBatchSize(count, null);
  return {
    x: matrix(new Float32Array(count * xDim), count, xDim),
    y: matrix(new Float32Array(count * yDim), count, yDim),
    ...(labelSizes.length > 0 && { labels: new Uint8Array(count * labelSizes.length), labelSizes }),
    ...(xShape && { xShape }),
    ...(yShape && { yShape }),
  };
}

function append({ x, y, labels }: Pairs, found: number, drawn: Batch, factors: number): number {
  const taken = Math.min(drawn.size, x.rows - found);
  x.data.set(drawn.x.subarray(0, taken * x.cols), found * x.cols);
  y.data.set(drawn.y.subarray(0, taken * y.cols), found * y.cols);
  if (labels && drawn.labels) labels.set(drawn.labels.subarray(0, taken * factors), found * factors);
  return found + taken;
}
