import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  evaluateRetrieval,
  type MetricName,
  type RelevantPair,
  type RetrievalOptions,
} from '../../../ts/entries/adapters-node.js';
import { DataError, OptionsError, ShapeError } from '../../../ts/entries/node.js';
import { innerProducts, metricsAt, ranking, unitRows } from '../../reference/retrieval.js';
import { runs, seed, size, sizeFromTwo } from '../../support/arbitraries.js';
import { expectClose } from '../../support/close.js';
import { readGolden } from '../../support/golden.js';
import { normalRows, type SeededRandom, seededRandom } from '../../support/random.js';

const kinds = ['recall', 'precision', 'MRR', 'nDCG', 'MAP'] as const;

const flat = (rows: readonly (readonly number[])[], ids: readonly string[]) => ({
  data: Float32Array.from(rows.flat()),
  dims: rows[0].length,
  ids,
});

/** One to four graded judgements a query, the first above 0. */
function judgements(n: number, m: number, random: SeededRandom): RelevantPair[] {
  return Array.from({ length: n }, (_, i) => {
    const documents = new Set(Array.from({ length: 1 + random.below(4) }, () => random.below(m)));
    return [...documents].map((j, at) => [i, j, at === 0 ? 1 + random.below(3) : random.below(4)] as const);
  }).flat();
}

describe.each([true, false])('evaluation against trec_eval, deterministic %s', (deterministic) => {
  it.each(readGolden('retrieval').cases.map((golden, i) => [i, golden] as const))('golden case %i', (_, golden) => {
    const { perQuery, metrics } = evaluateRetrieval({
      queries: flat(golden.queries, golden.queryIds),
      documents: flat(golden.documents, golden.documentIds),
      qrels: golden.qrels,
      k: golden.k,
      metric: golden.metric,
      quantize: golden.quantize,
      deterministic,
      ...(golden.truncate !== null && { truncate: golden.truncate }),
    });
    const ids = perQuery.ids.map(String);
    expect(ids).toEqual(golden.queryIds.filter((id) => id in golden.perQuery));
    for (const k of golden.k) {
      for (const kind of kinds) {
        const name: MetricName = `${kind}@${k}`;
        expectClose(
          [...perQuery.metrics[name], metrics[name]],
          [...ids.map((id) => golden.perQuery[id][name]), golden.metrics[name]],
          { absolute: 1e-9 },
        );
      }
    }
    expect([...perQuery.firstRelevant]).toEqual(ids.map((id) => golden.firstRelevant[id]));
  });
});

describe('evaluateRetrieval', () => {
  it('gives the metrics of a full sort in float64', () => {
    const shape = fc.record({ n: size, m: fc.integer({ min: 1, max: 90 }), d: sizeFromTwo, k: size, seed });
    const property = fc.property(shape, ({ n, m, d, k, seed }) => {
      const random = seededRandom(seed);
      const [queries, documents] = [normalRows(random, n, d), normalRows(random, m, d)];
      const qrels = judgements(n, m, random);
      const { metrics: found, firstRelevant } = evaluateRetrieval({ queries, documents, qrels, k }).perQuery;
      const ids = documents.map((_, j) => String(j));
      innerProducts(unitRows(queries), unitRows(documents)).forEach((scores, i) => {
        const grades = documents.map((_, j) => qrels.find(([q, doc]) => q === i && doc === j)?.[2] ?? 0);
        const ranked = ranking(scores, ids);
        const right = metricsAt(ranked, grades, k);
        expect(firstRelevant[i]).toBe(1 + ranked.findIndex((j) => grades[j] > 0));
        for (const kind of kinds) expect(found[`${kind}@${k}`][i]).toBeCloseTo(right[kind], 10);
      });
    });
    fc.assert(property, runs);
  });

  it('is 1 throughout where every query is its own only document', () => {
    const property = fc.property(size, sizeFromTwo, seed, (n, d, seed) => {
      const rows = normalRows(seededRandom(seed), n, d);
      const { metrics } = evaluateRetrieval({ queries: rows, documents: rows, qrels: 'pairs', k: 1 });
      for (const kind of kinds) expect(metrics[`${kind}@1`]).toBe(1);
    });
    fc.assert(property, runs);
  });

  it('is nDCG 1 and recall 1 where scores fall with the grades', () => {
    const documents = [
      [1, 0],
      [1, 0.2],
      [1, 0.5],
      [1, 1],
      [0, 1],
    ];
    const { metrics } = evaluateRetrieval({
      queries: [[1, 0]],
      documents,
      qrels: [
        [0, 1, 2],
        [0, 0, 3],
        [0, 2, 1],
      ],
      k: [1, 3],
    });
    expect(metrics).toMatchObject({
      'nDCG@1': 1,
      'nDCG@3': 1,
      'recall@1': 1 / 3,
      'recall@3': 1,
      'MAP@3': 1,
      'MRR@1': 1,
    });
  });

  it('does not depend on the order of documents, across blocks of 1,024 documents and 512 queries', () => {
    const random = seededRandom(11);
    const [n, m, d] = [530, 2100, 6];
    // Whole numbers: many documents tie, and ids decide.
    const whole = (rows: number) =>
      Array.from({ length: rows }, () => Array.from({ length: d }, (_, k) => (k === 0 ? 1 : random.below(3) - 1)));
    const [queries, documents] = [whole(n), whole(m)];
    const ids = Array.from({ length: m }, (_, j) => `doc${j}`);
    const qrels = judgements(n, m, random).map(([q, j, grade]) => [q, ids[Number(j)], grade] as const);
    const order = ids.map((_, j) => j).sort((a, b) => ((a * 7919) % m) - ((b * 7919) % m));
    const options = { queries, qrels, k: [1, 10, 50], metric: 'inner-product' } as const;
    const seen: (readonly [number, number])[] = [];
    const onProgress = (ranked: number, all: number) => seen.push([ranked, all]);
    const here = evaluateRetrieval({ ...options, documents: flat(documents, ids), onProgress });
    expect(seen).toEqual([
      [512, n],
      [n, n],
    ]);
    const there = evaluateRetrieval({
      ...options,
      documents: flat(
        order.map((j) => documents[j]),
        order.map((j) => ids[j]),
      ),
    });
    expect(there).toEqual(here);
    const scores = innerProducts(queries, documents);
    for (const i of [0, 511, 512, 529]) {
      const ranked = ranking(scores[i], ids);
      const own = new Set(qrels.filter(([q, , grade]) => q === i && Number(grade) > 0).map(([, id]) => id));
      expect(here.perQuery.firstRelevant[i]).toBe(1 + ranked.findIndex((j) => own.has(ids[j])));
    }
  });

  it('ranks copies of a document by their ids alone, whichever block they stand in', () => {
    const random = seededRandom(5);
    const rows = normalRows(random, 2051, 33);
    const documents = rows.map((row, j) => (j % 1025 === 0 ? rows[0] : row));
    const { perQuery } = evaluateRetrieval({
      queries: [rows[0], rows[0], rows[0]],
      documents: flat(
        documents,
        rows.map((_, j) => `d${j}`),
      ),
      qrels: [
        ['0', 'd0'],
        ['1', 'd1025'],
        ['2', 'd2050'],
      ],
    });
    // d2050 comes before d1025, and that before d0.
    expect([...perQuery.firstRelevant]).toEqual([3, 2, 1]);
  });

  it('leaves out queries that nothing judges, and counts them', () => {
    const { counts, perQuery } = evaluateRetrieval({
      queries: [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
      documents: [
        [1, 0],
        [0, 1],
      ],
      qrels: 'query-id\tcorpus-id\tscore\n0\t0\t1\n2\t1\t2\n2\t0\t0\n',
    });
    expect(counts).toEqual({ queries: 2, unjudged: 1, documents: 2, judgements: 3, relevant: 2, dims: 2 });
    expect([...perQuery.rows]).toEqual([0, 2]);
  });

  it('truncates and then scales back: the same as the first dimensions alone', () => {
    const random = seededRandom(3);
    const [queries, documents] = [normalRows(random, 9, 8), normalRows(random, 21, 8)];
    const first = (rows: readonly (readonly number[])[]) => rows.map((row) => row.slice(0, 5));
    const qrels = judgements(9, 21, random);
    const cut = evaluateRetrieval({ queries, documents, qrels, truncate: 5 });
    expect(cut).toEqual(evaluateRetrieval({ queries: first(queries), documents: first(documents), qrels }));
    expect(cut.counts.dims).toBe(5);
  });

  it('finds by a binary index what it finds among the signs', () => {
    const random = seededRandom(8);
    const [queries, documents] = [normalRows(random, 9, 16), normalRows(random, 21, 16)];
    const signs = documents.map((row) => row.map((x) => (x > 0 ? 1 : -1)));
    const options = { queries, qrels: judgements(9, 21, random), metric: 'inner-product' } as const;
    expect(evaluateRetrieval({ ...options, documents, quantize: 'binary' })).toEqual(
      evaluateRetrieval({ ...options, documents: signs }),
    );
  });

  const good: RetrievalOptions = {
    queries: [
      [1, 0],
      [0, 1],
    ],
    documents: [
      [1, 0],
      [0, 1],
    ],
    qrels: 'pairs',
  };
  it.each<[string, Partial<Record<keyof RetrievalOptions, unknown>>, new (message: string) => Error, RegExp]>([
    [
      'two sizes',
      {
        documents: [
          [1, 0, 0],
          [0, 1, 0],
        ],
      },
      ShapeError,
      /queries have 2 dimensions, documents 3/,
    ],
    ['ragged rows', { documents: [[1, 0], [0]] }, ShapeError, /documents: row 1 has 1 numbers, row 0 has 2/],
    [
      'a zero vector',
      {
        queries: [
          [1, 0],
          [0, 0],
        ],
      },
      DataError,
      /queries: row 1 is a zero vector/,
    ],
    [
      'NaN',
      {
        documents: [
          [1, 0],
          [0, Number.NaN],
        ],
      },
      DataError,
      /documents: row 1 column 1 is NaN/,
    ],
    ['no queries', { queries: [] }, DataError, /queries: expected at least one vector/],
    ['nothing relevant', { qrels: [[0, 0, 0]] }, DataError, /nothing is relevant/],
    [
      'an unknown document',
      { qrels: '0 0 0 1\n1 0 7 1\n' },
      DataError,
      /line 2: document "7" is none of the 2 documents/,
    ],
    ['zero after truncation', { truncate: 1 }, DataError, /queries: row 1 is zero in its first 1 dimensions/],
    ['a truncation too long', { truncate: 3 }, OptionsError, /truncate must be a whole number from 1 to 2/],
    ['k 0', { k: 0 }, OptionsError, /k must be a whole number from 1/],
    ['no k', { k: [] }, OptionsError, /k must be a whole number from 1/],
    [
      'an unknown metric',
      { metric: 'euclidean' },
      OptionsError,
      /metric must be cosine or inner-product, got euclidean/,
    ],
    ['an unknown quantisation', { quantize: 'int4' }, OptionsError, /quantize must be none, int8 or binary, got int4/],
    [
      'scores beyond float32',
      {
        queries: [
          [1e30, 0],
          [0, 1],
        ],
        documents: [
          [1e30, 0],
          [0, 1],
        ],
        metric: 'inner-product',
      },
      DataError,
      /inner products may reach 1\.0e\+60/,
    ],
  ])('refuses %s', (_, bad, kind, message) => {
    expect(evaluateRetrieval(good).metrics['recall@1']).toBe(1);
    const call = () => evaluateRetrieval({ ...good, ...bad } as RetrievalOptions);
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });
});
