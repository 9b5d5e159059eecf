import type { ImageShape } from '../encoders/image-shape.js';
import { DataError, OptionsError } from '../wasm/errors.js';

/**
 * Where a stream of batches stands: plain JSON, and all that is needed to go on right after the batch it came with.
 * A stream continued from it gives the batches of the uninterrupted one, bit for bit.
 */
export interface BatchCursor {
  /** Batches given so far. */
  readonly batches: number;
  /** The epoch under way, from 0; stays 0 where pairs are drawn without end. */
  readonly epoch: number;
  /** Pairs of this epoch already given. */
  readonly position: number;
  /** Pairs left out so far, because an epoch's last batch would have been short. */
  readonly dropped: number;
  /** State of the generator that draws pairs or augments them; empty where the seed alone decides. */
  readonly random: readonly number[];
}

/** `size` pairs, row-major. The arrays are reused: they hold these pairs until the next batch is asked for. */
export interface Batch {
  readonly size: number;
  /** `size` x xDim. */
  readonly x: Float32Array;
  /** `size` x yDim. */
  readonly y: Float32Array;
  /** `size` x factors: the hidden factors of x, where the source knows them. */
  readonly labels?: Uint8Array;
  readonly cursor: BatchCursor;
}

/** What a stream of batches is asked for. */
export interface BatchOptions {
  /** Pairs in a batch, from 1. */
  readonly batch: number;
  /** Decides shuffling, drawing and augmentation. */
  readonly seed: number;
  /** Goes on after this batch; options must be those of the stream that it came from. */
  readonly from?: BatchCursor;
}

/** Where training gets its pairs (x, y) from. */
export interface PairSource {
  readonly xDim: number;
  readonly yDim: number;
  /** The images that rows of x hold, where the source knows. */
  readonly xShape?: ImageShape;
  /** The images that rows of y hold, where the source knows. */
  readonly yShape?: ImageShape;
  /** Distinct pairs it holds; null where pairs are drawn without end or their number is unknown. */
  readonly pairs: number | null;
  /** Classes of each hidden factor, in the order of a row of labels; empty where there are no labels. */
  readonly labelSizes: readonly number[];
  /** I(x; y) in nats, where it is known exactly. */
  readonly mutualInformation: number | null;
  /**
   * Batches without end (a user's own iterable may end). A source may be read by several streams at once.
   *
   * @throws {OptionsError} on a batch size or seed that is not a whole number in range
   * @throws {DataError} where the source holds fewer pairs than a batch
   */
  batches(options: BatchOptions): Iterable<Batch> | AsyncIterable<Batch>;
}

/** A source whose batches come without waiting; all built-in ones are. */
export interface SyncPairSource extends PairSource {
  batches(options: BatchOptions): Iterable<Batch>;
}

/** The parts a data set is divided into; no drawing, image or row is in two of them. */
export type Split = 'train' | 'validation' | 'test';

/** One source for each part of a data set. */
export interface PairSplits {
  readonly train: PairSource;
  readonly validation: PairSource;
  readonly test: PairSource;
}

/** Where every stream begins. */
export const START: BatchCursor = { batches: 0, epoch: 0, position: 0, dropped: 0, random: [] };

/**
 * The batch size, checked against the pairs there are.
 *
 * @throws {OptionsError} unless it is a whole number from 1
 * @throws {DataError} where it is more than `pairs`
 */
export function checkedBatchSize(batch: number, pairs: number | null): number {
  if (!Number.isSafeInteger(batch) || batch < 1) {
    throw new OptionsError(`batch must be a whole number of pairs from 1, got ${batch}`);
  }
  if (pairs !== null && batch > pairs) {
    throw new DataError(`a batch of ${batch} needs at least ${batch} pairs, the source has ${pairs}`);
  }
  return batch;
}

/**
 * Refuses what is no source of pairs.
 *
 * @throws {OptionsError} saying what makes one
 */
export function checkSource(source: PairSource, name: string): void {
  if (typeof source?.batches === 'function') return;
  throw new OptionsError(`${name} must be a source of pairs, as arrayPairs, iterablePairs or openPairs make one`);
}
