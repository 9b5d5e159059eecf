import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toQrels } from '../../ts/adapters/inputs/qrels.js';
import { toVectors } from '../../ts/adapters/inputs/vectors.js';
import { DEFAULT_LIMITS } from '../../ts/serverless/limits.js';
import { qrelsField } from '../../ts/serverless/qrels-field.js';
import { runs } from '../support/arbitraries.js';

const ROWS = 12;
const ids = Array.from({ length: ROWS }, (_, i) => `d${i}`);
const vectors = {
  ...toVectors(
    ids.map((_, i) => [1, i]),
    'vectors',
  ),
  ids,
};
const field = (qrels: unknown, pairs: number) => qrelsField({ qrels }, vectors, vectors, { ...DEFAULT_LIMITS, pairs });
/** Says that it was asked for, as nothing may be read of what is too much. */
const untouched = (target: object): never[] =>
  new Proxy(target, {
    get(of, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) throw new Error(`row ${key} was read`);
      return Reflect.get(of, key);
    },
  }) as never[];

describe('the field qrels', () => {
  it('takes as many judgements as the limit in every form, and no more', () => {
    const chosen = fc.uniqueArray(fc.tuple(fc.nat(ROWS - 1), fc.nat(ROWS - 1)), {
      minLength: 2,
      maxLength: 30,
      selector: String,
    });
    const property = fc.property(chosen, (pairs) => {
      const byQuery: Record<string, string[]> = {};
      for (const [query, document] of pairs) {
        byQuery[`d${query}`] = [...(byQuery[`d${query}`] ?? []), `d${document}`];
      }
      const grades = Object.entries(byQuery).map(([query, own]) => [
        query,
        Object.fromEntries(own.map((id) => [id, 1])),
      ]);
      const lines = pairs.map(([query, document]) => `d${query}\td${document}\t1`).join('\n');
      const forms = [
        pairs,
        { shape: [pairs.length, 2], dtype: 'U8', data: Uint8Array.from(pairs.flat()) },
        byQuery,
        Object.fromEntries(grades),
        { relevant_docs: byQuery, corpus: { d0: 'text, [with] {parts}' } },
        JSON.stringify(byQuery),
        `\ufeff ${JSON.stringify({ relevant_docs: byQuery })}`,
        lines,
        `query-id\tcorpus-id\tscore\n${lines}\n`,
      ];
      const expected = toQrels(pairs, vectors, vectors);
      for (const form of forms) {
        expect(field(form, pairs.length)).toEqual(expected);
        expect(() => field(form, pairs.length - 1)).toThrow(`at most ${pairs.length - 1} judgements`);
      }
    });
    fc.assert(property, runs);
  });

  it('makes nothing of too many', () => {
    const many = 1e9;
    const array = { shape: [many, 2], dtype: 'U8', data: new Uint8Array() };
    expect(() => field(array, 100)).toThrow(`at most 100 judgements are taken, got ${many}`);
    const list = untouched(Array(1000));
    for (const form of [list, { d0: list }, { relevant_docs: { d0: list } }]) {
      expect(() => field(form, 100)).toThrow('at most 100 judgements are taken, got 1000');
    }
    // Its lines are none: they are not looked at.
    expect(() => field('?\n'.repeat(1000), 100)).toThrow('at most 100 judgements are taken, got 999');
    expect(() => field(`{"d0":${'['.repeat(20)}`, 100)).toThrow('16 levels deep');
  });

  it('says what is wrong with text that begins as JSON', () => {
    expect(() => field('{"d0":', 100)).toThrow('begins as JSON and is none');
  });
});
