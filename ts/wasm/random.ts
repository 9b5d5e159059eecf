import { handle } from './call.js';
import { acquireCore } from './core.js';
import { OptionsError } from './errors.js';
import { withScratch, words } from './memory.js';
import { type Disposable, resource } from './resource.js';
import { shown } from './shown.js';

/** The library's generator of random numbers (xoshiro128**), the same numbers in every runtime. */
export interface Random extends Disposable {
  /** 32 random bits. */
  uint32(): number;
  /** An integer from 0 to `n - 1`, each equally likely; `n` from 1 to 2^32 - 1. */
  below(n: number): number;
  /** A number from 0 to 1, 1 excluded, a multiple of 2^-24. */
  uniform(): number;
  /** A standard normal number. */
  normal(): number;
  /** The integers below `n` in random order. */
  permutation(n: number): Uint32Array;
  /** Four words from which {@link randomFromState} continues. */
  state(): readonly number[];
}

/**
 * The generator of a seed.
 *
 * @param seed an integer from 0 to 2^53 - 1
 * @throws {OptionsError} on any other seed
 */
export function random(seed: number): Random {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new OptionsError(`a seed must be an integer from 0 to 2^53 - 1, got ${shown(seed)}`);
  }
  return wrap((exports) => exports.random_new(seed >>> 0, Math.floor(seed / 2 ** 32)));
}

/**
 * The generator that continues from a {@link Random.state}.
 *
 * @throws {OptionsError} on anything but four words
 */
export function randomFromState(state: readonly number[]): Random {
  const [a = 0, b = 0, c = 0, d = 0] = state;
  if (state.length !== 4 || !state.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32)) {
    throw new OptionsError(`the state of a generator is 4 words of 32 bits, got [${state}]`);
  }
  return wrap((exports) => exports.random_from_state(a, b, c, d));
}

function wrap(create: (exports: ReturnType<typeof acquireCore>['exports']) => number): Random {
  const core = acquireCore({ deterministic: true });
  const { exports } = core;
  const held = resource(
    core,
    handle(core, () => create(exports)),
    'generator',
    exports.random_free,
  );
  const word = (at: number): number => exports.random_state(held.pointer(), at) >>> 0;
  return {
    uint32: () => exports.random_u32(held.pointer()) >>> 0,
    below: (n) => exports.random_below(held.pointer(), n) >>> 0,
    uniform: () => exports.random_uniform(held.pointer()),
    normal: () => exports.random_normal(held.pointer()),
    permutation: (n) =>
      withScratch(core, ({ put }) => {
        const at = put(Uint32Array.from({ length: n }, (_, i) => i));
        exports.random_shuffle(held.pointer(), at, n);
        return words(core, at, n).slice();
      }),
    state: () => [word(0), word(1), word(2), word(3)],
    dispose: held.dispose,
    [Symbol.dispose]: held.dispose,
  };
}
