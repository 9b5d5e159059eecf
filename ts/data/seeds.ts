import { OptionsError } from '../wasm/errors.js';
import { shown } from '../wasm/shown.js';

/**
 * A 32-bit seed for a stream of its own, from the user's seed and a number that names the stream (an epoch, a split),
 * so that streams that belong to one seed share no numbers. MurmurHash3's mixing, on whole numbers only.
 *
 * @param seed a whole number from 0 to 2^53 - 1
 * @param stream a whole number from 0 to 2^32 - 1
 * @throws {OptionsError} on any other seed
 */
export function streamSeed(seed: number, stream: number): number {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new OptionsError(`seed must be a whole number from 0 to 2^53 - 1, got ${shown(seed)}`);
  }
  const low = absorb(0x9747b28c, seed >>> 0);
  const high = absorb(low, Math.floor(seed / 2 ** 32));
  return finish(absorb(high, stream >>> 0));
}

function absorb(hash: number, word: number): number {
  const scrambled = Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
  return (Math.imul(rotate(hash ^ scrambled, 13), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let h = hash ^ 12;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
