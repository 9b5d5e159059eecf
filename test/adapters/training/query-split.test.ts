import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Relevance } from '../../../ts/adapters/inputs/relevance.js';
import { foldQueries, splitQueries } from '../../../ts/adapters/training/query-split.js';
import { DataError } from '../../../ts/wasm/errors.js';
import { seed } from '../../support/arbitraries.js';
import { seededRandom } from '../../support/random.js';

const drawn = fc.record({ n: fc.integer({ min: 60, max: 200 }), from: seed }).map(({ n, from }) => {
  const random = seededRandom(from);
  const relevance: Relevance = Array.from({ length: n }, () =>
    random.below(10) === 0
      ? []
      : Array.from({ length: 1 + random.below(2) }, () => ({ document: random.below(4 * n), grade: 1 })),
  );
  const queryTwins = Uint32Array.from({ length: n }, (_, i) => (i > 0 && random.below(5) === 0 ? i - 1 : i));
  const documentTwins = Uint32Array.from({ length: 4 * n }, (_, i) => (i % 4 === 3 ? i - 1 : i));
  const twins = { queryTwins, documentTwins };
  return { n, from, relevance, twins };
});

describe.each(['query', 'document'] as const)("parts by '%s'", (by) => {
  it('hold each judged query once, and keep together what belongs together', () => {
    fc.assert(
      fc.property(drawn, ({ from, relevance, twins }) => {
        const parts = splitQueries(relevance, twins, { by }, from);
        expect(splitQueries(relevance, twins, { by }, from)).toEqual(parts);
        const all: readonly number[] = Object.values(parts).flat();
        const judged = [...relevance.keys()].filter((query) => relevance[query].length > 0);
        expect([...all].sort((a, b) => a - b)).toEqual(judged);
        for (const part of Object.values(parts)) expect(part.length).toBeGreaterThan(0);
        // Queries of one vector are two at most; groups by document may be too large for the places that are left.
        expect(parts.test.length).toBeLessThanOrEqual(Math.round(0.25 * judged.length));
        if (by === 'query') expect(parts.test.length).toBeGreaterThan(0.25 * judged.length - 1);
        const partOf = new Map<number, string>();
        for (const [name, rows] of Object.entries<readonly number[]>({ ...parts })) {
          for (const row of rows) partOf.set(row, name);
        }
        const seen = new Map<string, string | undefined>();
        for (const query of judged) {
          const documents =
            by === 'document' ? relevance[query].map(({ document }) => `d${twins.documentTwins[document]}`) : [];
          for (const key of [`q${twins.queryTwins[query]}`, ...documents]) {
            expect(seen.get(key) ?? partOf.get(query)).toBe(partOf.get(query));
            seen.set(key, partOf.get(query));
          }
        }
      }),
    );
  });
});

it('refuses what cannot be divided, and says why', () => {
  const one: Relevance = Array.from({ length: 20 }, () => [{ document: 0, grade: 1 }]);
  const alone = Uint32Array.from(one.keys());
  const twins = { queryTwins: alone, documentTwins: alone };
  expect(() => splitQueries(one, twins, { by: 'document' }, 1)).toThrow(DataError);
  expect(() => splitQueries(one, twins, { by: 'document' }, 1)).toThrow(/20 queries .* make 1 groups/);
});

it('folds hold each query once, are of about one size, and keep twins together', () => {
  fc.assert(
    fc.property(drawn, ({ from, relevance, twins }) => {
      const rows = [...relevance.keys()].filter((query) => relevance[query].length > 0);
      const folds = foldQueries(relevance, twins, { rows, folds: 6, by: 'query' }, from);
      expect(folds.flat().sort((a, b) => a - b)).toEqual(rows);
      const sizes = folds.map((fold) => fold.length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(6);
      for (const fold of folds) {
        const own = new Set(fold.map((query) => twins.queryTwins[query]));
        for (const query of rows) if (own.has(twins.queryTwins[query])) expect(fold).toContain(query);
      }
    }),
  );
});

it('150,000 queries of one vector stay together', () => {
  const [n, single] = [150_000, 8];
  const relevance: Relevance = Array.from({ length: n + single }, (_, document) => [{ document, grade: 1 }]);
  const documentTwins = Uint32Array.from({ length: 4 * n }, (_, i) => i);
  const queryTwins = Uint32Array.from({ length: n + single }, (_, i) => Math.max(0, i - n + 1));
  const large = (parts: readonly (readonly number[])[]) => parts.filter((rows) => rows.length >= n);
  expect(
    large(
      foldQueries(relevance, { queryTwins, documentTwins }, { rows: [...relevance.keys()], folds: 3, by: 'query' }, 1),
    ),
  ).toHaveLength(1);
  // Of four such groups one fits in the test's part, and empty parts take one each.
  const four = Uint32Array.from({ length: 4 * n }, (_, i) => i % 4);
  const all: Relevance = Array.from(four, (_, document) => [{ document, grade: 1 }]);
  for (const rows of Object.values(splitQueries(all, { queryTwins: four, documentTwins }, {}, 1)))
    expect(rows).toHaveLength(n);
});
