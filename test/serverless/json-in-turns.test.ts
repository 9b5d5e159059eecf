import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText } from '../../ts/data/json-text.js';
import { jsonInTurns } from '../../ts/serverless/json-in-turns.js';
import { matrixRows } from '../../ts/serverless/matrix-field.js';
import { matrix } from '../../ts/wasm/matrix.js';
import { runs } from '../support/arbitraries.js';

const sizes = fc.constantFrom([1, 1], [3, 2], [1, 5000], [2, 5000], [4097, 1], [1000, 9]);
const odd = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e-40, 3.4e38);
const drawn = fc
  .tuple(sizes, fc.float(), fc.array(fc.tuple(odd, fc.nat()), { maxLength: 3 }))
  .map(([[rows = 1, cols = 1], value, odds]) => {
    const data = Float32Array.from({ length: rows * cols }, (_, i) => value * Math.sin(i));
    for (const [number, at] of odds) data[at % data.length] = number;
    return matrix(data, rows, cols);
  });

describe('JSON in turns', () => {
  it('is what jsonText writes at once', async () => {
    const property = fc.asyncProperty(
      fc.dictionary(fc.constantFrom('x', 'y', '"'), drawn, { minKeys: 1 }),
      async (all) => {
        const expected = jsonText(
          Object.fromEntries(Object.entries(all).map(([name, one]) => [name, matrixRows(one)])),
        );
        expect(new TextDecoder().decode(await jsonInTurns(all, async () => undefined))).toBe(expected);
      },
    );
    await fc.assert(property, runs);
  });

  it('gives a turn before every few thousand numbers, and ends where one is refused', async () => {
    let turns = 0;
    const turn = async () => {
      turns += 1;
      if (turns === 5) throw new Error('time ran out');
    };
    const whole = { x: matrix(new Float32Array(100_000), 1000, 100) };
    await expect(jsonInTurns(whole, turn)).rejects.toThrow('time ran out');
    expect(turns).toBe(5);
  });
});
