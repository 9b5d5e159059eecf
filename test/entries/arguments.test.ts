import { describe, expect, it } from 'vitest';
import * as library from '../../ts/entries/node.js';
import { KantorovichError } from '../../ts/wasm/errors.js';

/** Functions without arguments that must be there, or that take none which could be wrong. */
const others: readonly string[] = ['enableTurbo', 'load', 'unconstrained', 'encoderPresets'];

const functions = Object.entries(library).filter(
  ([name, value]) => typeof value === 'function' && !name.endsWith('Error') && !others.includes(name),
);

/** A parameter that nothing of the library has. */
const wrong: readonly unknown[] = [null, 7, 'a text', { none: 1 }, [null]];

describe.each(functions)('%s', (_name, callee) => {
  it.each(wrong)(
    'answers wrong arguments with a value or an error of its own, never a TypeError: %j',
    async (argument) => {
      const call = callee as unknown as (...given: unknown[]) => unknown;
      for (const given of [[argument], [argument, argument], [argument, argument, argument]]) {
        try {
          await call(...given);
        } catch (error) {
          expect(error).toBeInstanceOf(KantorovichError);
        }
      }
    },
  );
});
