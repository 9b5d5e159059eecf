import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requireParsable } from '../../ts/serverless/json-size.js';
import { DEFAULT_LIMITS } from '../../ts/serverless/limits.js';
import { runs } from '../support/arbitraries.js';

const parsable = (text: string) => () => requireParsable(new TextEncoder().encode(text), DEFAULT_LIMITS);

/** How deep arrays and objects lie in each other. */
function levelsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(levelsOf));
}

describe('JSON before it is parsed', () => {
  it('is as deep as what it holds, whatever its strings are', () => {
    const text = fc.string({ unit: fc.constantFrom('[', '{', ']', '"', '\\', 'é', ' '), maxLength: 40 });
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(text, tie('value'), { maxKeys: 3 }),
      ),
    }));
    const property = fc.property(value, fc.nat(18), (inner, around) => {
      let outer: unknown = inner;
      for (let i = 0; i < around; i++) outer = i % 2 === 0 ? [outer, '[{'] : { '{"[': outer };
      const check = expect(parsable(JSON.stringify(outer)));
      if (levelsOf(outer) > 16) check.toThrow('16 levels deep');
      else check.not.toThrow();
    });
    fc.assert(property, runs);
  });

  it('has no more parts than rows and judgements can have, those that strings hold among them', () => {
    const most = 8 * DEFAULT_LIMITS.rows + 4 * DEFAULT_LIMITS.pairs + 1000;
    for (const part of ['[],', '"a":', '{},']) {
      expect(parsable(part.repeat(most))).not.toThrow();
      expect(parsable(part.repeat(most + 1))).toThrow(`at most ${most} arrays`);
      expect(parsable(JSON.stringify(part.repeat(most + 1)))).toThrow(`at most ${most} arrays`);
    }
  });
});
