import { streamSeed } from '../../data/seeds.js';
import { random } from '../../wasm/random.js';

/** Uniform numbers from 0 to 1 without a call into the core, for what draws millions (mulberry32). */
export function quickRandom(seed: number, stream: number): () => number {
  const draw = random(streamSeed(seed, stream));
  let state = draw.uint32();
  draw.dispose();
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
