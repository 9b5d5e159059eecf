import type { Rows } from '../reference/linear-algebra.js';

/** A seeded source of test data; the same seed gives the same numbers in every run. */
export interface SeededRandom {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** A whole number in 0..count-1. */
  below(count: number): number;
}

/** The generator mulberry32 from a seed, with normals by Box and Muller. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal, below: (count) => Math.floor(uniform() * count) };
}

/** A matrix of normal numbers with the given deviation, each exact in float32. */
export function normalRows(random: SeededRandom, rows: number, cols: number, deviation = 1): Rows {
  return Array.from({ length: rows }, () =>
    Array.from({ length: cols }, () => Math.fround(deviation * random.normal())),
  );
}
