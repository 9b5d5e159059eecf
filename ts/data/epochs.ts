import { DataError } from '../wasm/errors.js';
import { random } from '../wasm/random.js';
import { type BatchCursor, type BatchOptions, checkedBatchSize, START } from './pair-source.js';
import { streamSeed } from './seeds.js';

/** Which pairs the next batch holds. */
export interface EpochBatch {
  /** Numbers of the pairs; reused by the next batch. */
  readonly indices: Uint32Array;
  readonly cursor: BatchCursor;
}

/**
 * Shuffled epochs without end over the pairs 0 to `pairs` - 1: each pair once in an epoch, in an order that the seed
 * and the epoch's number decide. A last batch that would be short is dropped, and counted in the cursor.
 *
 * @throws {OptionsError} on a batch size or seed out of range
 * @throws {DataError} on fewer pairs than a batch, or a cursor of a source with fewer pairs
 */
export function epochBatches(pairs: number, { batch, seed, from = START }: BatchOptions): Iterable<EpochBatch> {
  checkedBatchSize(batch, pairs);
  streamSeed(seed, 0);
  if (from.position > pairs) {
    throw new DataError(`the cursor stands after pair ${from.position} of an epoch, the source has ${pairs} pairs`);
  }
  return generate(pairs, batch, seed, from);
}

function* generate(pairs: number, batch: number, seed: number, from: BatchCursor): Generator<EpochBatch> {
  const indices = new Uint32Array(batch);
  let { batches, epoch, position, dropped } = from;
  let order = epochOrder(pairs, seed, epoch);
  for (;;) {
    if (position + batch > pairs) {
      dropped += pairs - position;
      position = 0;
      epoch += 1;
      order = epochOrder(pairs, seed, epoch);
    }
    indices.set(order.subarray(position, position + batch));
    position += batch;
    batches += 1;
    yield { indices, cursor: { batches, epoch, position, dropped, random: [] } };
  }
}

function epochOrder(pairs: number, seed: number, epoch: number): Uint32Array {
  const stream = random(streamSeed(seed, epoch));
  try {
    return stream.permutation(pairs);
  } finally {
    stream.dispose?.();
  }
}
