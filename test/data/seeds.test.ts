import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { streamSeed } from '../../ts/data/seeds.js';
import { OptionsError } from '../../ts/wasm/errors.js';

const seed = fc.maxSafeNat();

describe('streamSeed', () => {
  it('is a word of 32 bits', () => {
    fc.assert(
      fc.property(seed, fc.nat(), (value, stream) => {
        const word = streamSeed(value, stream);
        expect(word === word >>> 0).toBe(true);
      }),
    );
  });

  it('differs between neighbouring seeds, neighbouring streams and seeds 2^32 apart', () => {
    const words = new Set<number>();
    for (let value = 0; value < 100; value++) {
      for (let stream = 0; stream < 100; stream++) words.add(streamSeed(value, stream));
      words.add(streamSeed(value + 2 ** 32, 0));
    }
    // Of 10,100 random words of 32 bits, 0.01 pairs are expected to be equal.
    expect(words.size).toBeGreaterThan(10_098);
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('refuses %d', (value) => {
    expect(() => streamSeed(value, 0)).toThrow(OptionsError);
  });
});
