import { streamSeed } from '../data/seeds.js';
import { random } from '../wasm/random.js';

/** What resampling queries says of a mean difference. */
export interface PairedBootstrap {
  readonly mean: number;
  /** The central 95 % of resampled means. */
  readonly interval: readonly [number, number];
  /** The share of resampled means that are not above 0, counted as (1 + those) / (1 + all): one-sided. */
  readonly p: number;
}

const RESAMPLES = 5000;
const STREAM = 2;

/**
 * The paired bootstrap (Efron and Tibshirani 1993, ch. 13) over queries: the same seed gives the same numbers.
 *
 * @param differences adapted minus base, a number a query
 */
export function pairedBootstrap(differences: Float64Array, seed: number): PairedBootstrap {
  const n = differences.length;
  const draw = random(streamSeed(seed, STREAM));
  const state = draw.uint32();
  draw.dispose();
  const next = splitMix(state);
  const means = new Float64Array(RESAMPLES);
  for (let at = 0; at < RESAMPLES; at++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += differences[Math.floor(next() * n)];
    means[at] = sum / n;
  }
  means.sort();
  const notAbove = means.filter((value) => value <= 0).length;
  const quantile = (share: number) => means[Math.round(share * (RESAMPLES - 1))] ?? 0;
  const mean = differences.reduce((sum, value) => sum + value, 0) / n;
  return { mean, interval: [quantile(0.025), quantile(0.975)], p: (1 + notAbove) / (1 + RESAMPLES) };
}

/** Uniform numbers from 0 to 1 without a call into the core: a bootstrap draws millions (mulberry32). */
function splitMix(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
