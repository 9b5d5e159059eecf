import type { ImageShape } from '../encoders/image-shape.js';
import { checkOptions, type KnownOptions } from '../wasm/check-options.js';
import { DataError, ShapeError } from '../wasm/errors.js';
import { type Batch, type BatchCursor, type BatchOptions, type PairSource, START } from './pair-source.js';

/** A batch that a user's own iterable gives. */
export interface PlainBatch {
  /** n x xDim, row-major. */
  readonly x: Float32Array;
  /** n x yDim, row-major. */
  readonly y: Float32Array;
  /** n x factors. */
  readonly labels?: Uint8Array;
}

/** A user's own batches, and how wide their rows are. */
export interface IterablePairsOptions {
  readonly xDim: number;
  readonly yDim: number;
  /** The images that rows hold, for encoders with convolutions. */
  readonly xShape?: ImageShape;
  readonly yShape?: ImageShape;
  readonly labelSizes?: readonly number[];
  readonly mutualInformation?: number;
  /** Called once for each stream, with what the stream is asked for; it may size and order its batches by it. */
  readonly batches: (options: BatchOptions) => AsyncIterable<PlainBatch> | Iterable<PlainBatch>;
}

const OPTIONS: KnownOptions<IterablePairsOptions> = {
  xDim: true,
  yDim: true,
  xShape: true,
  yShape: true,
  labelSizes: true,
  mutualInformation: true,
  batches: true,
};

/**
 * A source over a user's own batches. A stream continued from a cursor skips the batches that were given before it,
 * so that iterables which give the same batches again resume exactly.
 */
export function iterablePairs(options: IterablePairsOptions): PairSource {
  checkOptions(options, OPTIONS, 'iterablePairs');
  const { xDim, yDim, xShape, yShape, labelSizes = [], mutualInformation = null } = options;
  return {
    xDim,
    yDim,
    ...(xShape && { xShape }),
    ...(yShape && { yShape }),
    pairs: null,
    labelSizes,
    mutualInformation,
    batches: (asked) => checkedBatches(options, asked),
  };
}

async function* checkedBatches(options: IterablePairsOptions, asked: BatchOptions): AsyncGenerator<Batch> {
  const skipped = asked.from?.batches ?? 0;
  let batches = 0;
  for await (const batch of options.batches(asked)) {
    batches += 1;
    if (batches <= skipped) continue;
    const size = checkedSize(batch, options, batches);
    const cursor: BatchCursor = { ...START, batches };
    yield { size, x: batch.x, y: batch.y, ...(batch.labels && { labels: batch.labels }), cursor };
  }
  if (batches < skipped)
    throw new DataError(`the iterable ended after ${batches} batches, the cursor stands after ${skipped}`);
}

function checkedSize({ x, y, labels }: PlainBatch, options: IterablePairsOptions, number: number): number {
  const { xDim, yDim, labelSizes = [] } = options;
  const size = x.length / xDim;
  if (!Number.isInteger(size) || size === 0 || y.length !== size * yDim) {
    throw new ShapeError(
      `batch ${number}: x must be n x ${xDim} and y n x ${yDim} for one n, got ${x.length} and ${y.length} numbers`,
    );
  }
  if (labels !== undefined && labels.length !== size * labelSizes.length) {
    throw new ShapeError(`batch ${number}: expected ${size} x ${labelSizes.length} labels, got ${labels.length}`);
  }
  requireFiniteBatch(x, `batch ${number}: x`);
  requireFiniteBatch(y, `batch ${number}: y`);
  return size;
}

function requireFiniteBatch(values: Float32Array, name: string): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new DataError(`${name} must hold finite numbers, number ${bad} is ${values[bad]}`);
}
