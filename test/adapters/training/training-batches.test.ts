import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hardNegatives } from '../../../ts/adapters/training/hard-negatives.js';
import { checkedNegatives, type Negatives } from '../../../ts/adapters/training/negatives.js';
import {
  allCandidates,
  batchCandidates,
  batchSource,
  type CandidateSource,
  minedCandidates,
  relevantDocuments,
  type TrainingBatch,
} from '../../../ts/adapters/training/training-batches.js';
import { OptionsError } from '../../../ts/wasm/errors.js';
import { liveResources } from '../../../ts/wasm/resource.js';
import { runs, seed } from '../../support/arbitraries.js';
import { type DrawnRelevance, drawnRelevance } from '../drawn-relevance.js';

const drawn = fc
  .record({ n: fc.integer({ min: 4, max: 40 }), m: fc.integer({ min: 4, max: 60 }), from: seed })
  .map(({ n, m, from }) => ({ n, m, from, data: drawnRelevance(n, m, 5, from) }));

/** The even queries train. */
const trained = (n: number): number[] => Array.from({ length: Math.ceil(n / 2) }, (_, i) => 2 * i);

const batchesOf = (
  { relevance, documentTwins }: DrawnRelevance,
  queries: readonly number[],
  candidates: CandidateSource,
): TrainingBatch[] => [...batchSource({ relevance, queries, documentTwins, batch: 3, candidates, seed: 1 })(0)];

/** For each query of a batch, the documents that it is told apart from, by the definition of ids. */
const negativesOf = ({ candidates, ids, positives: { offsets, indices } }: TrainingBatch): number[][] =>
  Array.from(offsets.subarray(1), (end, i) => {
    const own = [...indices.subarray(offsets[i], end)];
    return candidates.filter((_, j) => own.every((place) => ids[place] !== ids[j]));
  });

const mined = (data: DrawnRelevance, queries: readonly number[], mine: number, relativeMargin: number) =>
  hardNegatives(data, queries, relevantDocuments(data.relevance, queries), { mine, relativeMargin }, {});

const sources: readonly [string, (data: DrawnRelevance, queries: readonly number[]) => CandidateSource][] = [
  ['all', ({ relevance }, queries) => allCandidates(relevance, queries, Number.POSITIVE_INFINITY)],
  ['all, drawn', ({ relevance }, queries) => allCandidates(relevance, queries, 5)],
  ['batch', ({ relevance }) => batchCandidates(relevance)],
  ['mined', (data, queries) => minedCandidates(data.relevance, mined(data, queries, 2, 0.05))],
];

describe.each(sources)('batches with negatives %s', (kind, source) => {
  it("hold each query's documents by grade; neither they nor copies of them are its negatives", () => {
    fc.assert(
      fc.property(drawn, ({ n, data }) => {
        const { relevance, documentTwins } = data;
        for (const batch of batchesOf(data, trained(n), source(data, trained(n)))) {
          const { queries, candidates, positives } = batch;
          expect(new Set(candidates).size).toBe(candidates.length);
          negativesOf(batch).forEach((negatives, i) => {
            const own = relevance[queries[i]];
            const at = [...positives.offsets.subarray(i, i + 2)];
            expect([...positives.indices.subarray(...at)].map((place) => candidates[place])).toEqual(
              own.map(({ document }) => document),
            );
            expect([...(positives.weights ?? new Float32Array(0)).subarray(...at)]).toEqual(
              own.map(({ grade }) => grade),
            );
            const twins = own.map(({ document }) => documentTwins[document]);
            expect(negatives).toEqual(candidates.filter((document) => !twins.includes(documentTwins[document])));
          });
          expect(negativesOf(batch).some((negatives) => negatives.length > 0)).toBe(true);
        }
      }),
      runs,
    );
  });

  it('take negatives from documents of training queries alone', () => {
    fc.assert(
      fc.property(drawn, ({ n, data }) => {
        const { relevance } = data;
        const allowed = new Set(relevantDocuments(relevance, trained(n)));
        for (const { queries, candidates } of batchesOf(data, trained(n), source(data, trained(n)))) {
          const own = relevantDocuments(relevance, queries);
          expect(candidates.every((document) => allowed.has(document))).toBe(true);
          expect(own.every((document) => candidates.includes(document))).toBe(true);
          if (kind === 'all') expect(candidates).toEqual([...allowed]);
          if (kind === 'all, drawn') expect(candidates.length).toBe(Math.max(own.length, Math.min(5, allowed.size)));
          if (kind === 'batch') expect(candidates).toEqual(own);
          if (kind === 'mined') expect(candidates.length).toBeLessThanOrEqual(own.length + 2 * queries.length);
        }
      }),
      runs,
    );
  });
});

it('a batch whose queries have nothing to be told apart from is left out', () => {
  const relevance = [0, 0, 1].map((document) => [{ document, grade: 1 }]);
  const set = { relevance, queries: [0, 1, 2], documentTwins: Uint32Array.of(0, 0), batch: 1, seed: 1 };
  expect([...batchSource({ ...set, candidates: batchCandidates(relevance) })(0)]).toEqual([]);
  expect([...batchSource({ ...set, candidates: allCandidates(relevance, [0, 1, 2], 9) })(0)]).toEqual([]);
  const apart = { ...set, documentTwins: Uint32Array.of(0, 1), candidates: allCandidates(relevance, [0, 1, 2], 9) };
  expect([...batchSource(apart)(0)].length).toBe(3);
});

describe('hard negatives', () => {
  it('are the best documents that keep the margin, found by brute force', () => {
    const before = liveResources();
    fc.assert(
      fc.property(drawn, fc.integer({ min: 1, max: 4 }), fc.constantFrom(0, 0.05, 0.5), ({ n, data }, mine, margin) => {
        const { queries, documents, relevance, documentTwins } = data;
        const score = (query: number, document: number): number => {
          let sum = 0;
          for (let k = 0; k < 5; k++) sum += queries.data[query * 5 + k] * documents.data[document * 5 + k];
          return sum;
        };
        const among = relevantDocuments(relevance, trained(n));
        const found = mined(data, trained(n), mine, margin);
        expect([...found.keys()]).toEqual(trained(n));
        for (const [query, negatives] of found) {
          const own = relevance[query].map(({ document }) => document);
          const least = Math.min(...own.map((document) => score(query, document)));
          const limit = least - margin * Math.abs(least);
          const twins = own.map((document) => documentTwins[document]);
          const allowed = among
            .filter((document) => score(query, document) <= limit + 1e-6 && !twins.includes(documentTwins[document]))
            .map((document) => score(query, document))
            .sort((a, b) => b - a);
          // A score within rounding of the limit may fall on either side.
          const sure = allowed.filter((value) => value <= limit - 1e-6).length;
          expect(negatives.length).toBeLessThanOrEqual(Math.min(mine, allowed.length));
          expect(negatives.length).toBeGreaterThanOrEqual(Math.min(mine, sure));
          expect(new Set(negatives).size).toBe(negatives.length);
          const skipped = sure === allowed.length ? 0 : allowed.length - sure;
          negatives.forEach((document, at) => {
            expect(twins).not.toContain(documentTwins[document]);
            expect(score(query, document)).toBeLessThanOrEqual(limit + 1e-6);
            if (skipped === 0) expect(Math.abs(score(query, document) - allowed[at])).toBeLessThan(1e-6);
          });
        }
      }),
      runs,
    );
    expect(liveResources()).toBe(before);
  });
});

it('what is relevant to a copy of a query is no hard negative of it', () => {
  fc.assert(
    fc.property(drawn, ({ n, data }) => {
      const rows = trained(n);
      const queryTwins = Uint32Array.from({ length: n }, (_, i) => i % 2);
      const found = mined({ ...data, queryTwins }, rows, 4, 0);
      const twinOf = (document: number) => data.documentTwins[document];
      for (const [query, negatives] of found) {
        const copies = rows.filter((row) => queryTwins[row] === queryTwins[query]);
        const relevant = relevantDocuments(data.relevance, copies).map(twinOf);
        for (const document of negatives) expect(relevant).not.toContain(twinOf(document));
      }
    }),
    runs,
  );
});

describe('negatives that there are not', () => {
  it('are refused by name', () => {
    const refuses = (negatives: unknown, message: RegExp) => {
      expect(() => checkedNegatives(negatives as Negatives, 9)).toThrow(message);
      expect(() => checkedNegatives(negatives as Negatives, 9)).toThrow(OptionsError);
    };
    refuses('mined', /'all', 'batch' or \{ mine: 4 \}, got "mined"/);
    refuses(null, /got null/);
    refuses({ mine: 0 }, /mine must be a whole number from 1, got 0/);
    refuses({ mine: 2, relativeMargin: 1 }, /from 0 and below 1, got 1/);
    expect(checkedNegatives({ mine: 4 }, 9)).toEqual({ kind: 'mined', mine: 4, relativeMargin: 0.05 });
    expect(checkedNegatives({ mine: 1e9 }, 9).mine).toBe(9);
  });
});
