/** A seeded stream of random numbers (xoshiro128**), the same in every runtime. */
export interface Random {
  /** The next 32 bits. */
  uint32(): number;
  /** A whole number in [0, n), each equally likely; n from 1 to 2^32 - 1. */
  below(n: number): number;
  /** A float32 in [0, 1). */
  uniform(): number;
  /** A standard normal float32. */
  normal(): number;
  /** The numbers 0 to n - 1 in random order. */
  permutation(n: number): Uint32Array;
  /** The generator's state, from which `restore` continues the stream. */
  state(): readonly number[];
  /** Frees what the stream holds outside the JavaScript heap. */
  dispose?(): void;
}

/** How streams are made: from a seed, or from the state of an earlier stream. */
export interface RandomSource {
  readonly seeded: (seed: number) => Random;
  readonly restored: (state: readonly number[]) => Random;
}

let source: RandomSource | undefined;

/** Says where all random numbers of this folder come from; called once, by whoever starts the library. */
export function provideRandom(provided: RandomSource): void {
  source = provided;
}

/** A stream from a seed. */
export function random(seed: number): Random {
  return provided().seeded(seed);
}

/** The stream that continues where one with this `state` stood. */
export function restoredRandom(state: readonly number[]): Random {
  return provided().restored(state);
}

function provided(): RandomSource {
  if (source === undefined) throw new Error('provideRandom has not been called');
  return source;
}
