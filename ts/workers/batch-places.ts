import { transfer } from 'comlink';
import { checkBatch } from '../training/engine.js';
import type { Trainer } from '../wasm/trainer.js';
import type { SentBatch } from './shard-setup.js';

/** Two places for batches, used in turn: one is filled while workers read the other. */
export interface BatchPlaces {
  /** The places, x and then y, where memory is shared; else null. */
  readonly shared: readonly Float32Array[] | null;
  /** Copies the batch that `put` will be called with next. */
  prepare(x: Float32Array, y: Float32Array): void;
  /**
   * Copies a batch, unless it was prepared; gives what to send to a worker, called once for each.
   *
   * @throws {ShapeError} on a batch of another size
   */
  put(x: Float32Array, y: Float32Array): () => SentBatch;
}

/** Whether threads can share memory here: pages must be cross-origin isolated. */
export function sharesMemory(): boolean {
  return typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated !== false;
}

/** Places for batches of a trainer's size, in shared memory where there is such a thing. */
export function batchPlaces(trainer: Trainer): BatchPlaces {
  const sizes = [trainer.x().length, trainer.y().length] as const;
  const bytes = (sizes[0] + sizes[1]) * Float32Array.BYTES_PER_ELEMENT;
  const isShared = sharesMemory();
  const places = [0, 1].map(() => new Float32Array(isShared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes)));
  let next = 0;
  let prepared: readonly [Float32Array, Float32Array] | null = null;
  const copy = (x: Float32Array, y: Float32Array): void => {
    checkBatch(x, y, sizes);
    places[next]?.set(x);
    places[next]?.set(y, x.length);
  };
  return {
    shared: isShared ? places : null,
    prepare(x, y) {
      // What does not fit is refused in its turn.
      if (x.length !== sizes[0] || y.length !== sizes[1]) return;
      copy(x, y);
      prepared = [x, y];
    },
    put(x, y) {
      if (prepared?.[0] !== x || prepared[1] !== y) copy(x, y);
      prepared = null;
      const place = next;
      next = 1 - next;
      return () => {
        if (isShared) return place;
        const own = places[place]?.slice() ?? new Float32Array(0);
        return transfer(own, [own.buffer]);
      };
    },
  };
}
