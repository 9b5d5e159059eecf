import type { Batch } from '../data/pair-source.js';

/** Reads batches one at a time. */
export interface BatchReader {
  /** Asks for the next batch now, so that it is made while the one before is worked on; `meet` is told of it. */
  ahead(meet?: (x: Float32Array, y: Float32Array) => void): void;
  /** The next batch; null after the last. */
  next(): Promise<Batch | null>;
  /** Ends the source; one that still owes a batch is not waited for. */
  close(): Promise<void>;
}

/** Reads what a source of pairs gives, in order. */
export function batchReader(batches: Iterable<Batch> | AsyncIterable<Batch>): BatchReader {
  const iterator = Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
  const ask = async (): Promise<IteratorResult<Batch>> => iterator.next();
  let coming: Promise<IteratorResult<Batch>> | null = null;
  return {
    ahead(meet) {
      coming ??= ask();
      // Who calls next() is told of failures.
      coming.then(({ done, value }) => done !== true && meet?.(value.x, value.y)).catch(() => {});
    },
    async next() {
      coming ??= ask();
      try {
        const { done, value } = await coming;
        return done === true ? null : value;
      } finally {
        coming = null;
      }
    },
    async close() {
      const closing = (async () => iterator.return?.())();
      if (coming === null) await closing;
      else closing.catch(() => {});
    },
  };
}
