import { awaitAll, BARRIER_WORDS } from './barrier.js';
import { type Exchange, lengths, stretches } from './exchange.js';

/** Bytes that a shard gives at a time: a piece that stays in cache until the others have taken it. */
const PIECE = 1 << 20;

/** Memory that `count` shards exchange through. */
export function exchangeMemory(count: number): SharedArrayBuffer {
  return new SharedArrayBuffer(BARRIER_WORDS * Int32Array.BYTES_PER_ELEMENT + 2 * count * PIECE);
}

/**
 * An exchange through shared memory. Pieces go into two halves in turn: who writes to a half has passed the barrier of
 * the other one, which nobody reaches before having read this one.
 */
export function sharedExchange(memory: SharedArrayBuffer, index: number, count: number): Exchange {
  const barrier = new Int32Array(memory, 0, BARRIER_WORDS);
  const room = (half: number, owner: number, bytes: number): Uint8Array =>
    new Uint8Array(memory, barrier.byteLength + (half * count + owner) * PIECE, bytes);
  const others = Array.from({ length: count }, (_, owner) => owner).filter((owner) => owner !== index);
  let half = 0;
  return {
    gather(regions, bytesOf) {
      const longest = Math.max(...lengths(regions, count));
      for (let from = 0; from < longest; from += PIECE) {
        half = 1 - half;
        for (const { bytes, at } of stretches(regions, index, bytesOf, from, PIECE)) {
          room(half, index, PIECE).set(bytes, at);
        }
        awaitAll(barrier, count);
        for (const owner of others) {
          for (const { bytes, at } of stretches(regions, owner, bytesOf, from, PIECE)) {
            bytes.set(room(half, owner, PIECE).subarray(at, at + bytes.length));
          }
        }
      }
    },
  };
}
