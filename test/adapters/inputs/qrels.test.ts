import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type QrelsLike, toQrels, toVectors } from '../../../ts/entries/adapters-node.js';
import { DataError, OptionsError, ShapeError } from '../../../ts/entries/node.js';
import { runs, size } from '../../support/arbitraries.js';

const named = (ids: readonly (string | number)[], name: string) =>
  toVectors({ data: new Float32Array(ids.length).fill(1), dims: 1, ids }, name);

const queries = named(['q1', 2, 'q3'], 'queries');
const documents = named(['a', 'b', 30, 'd e'], 'documents');

it('numbers in pairs are rows, whatever ids of text say', () => {
  const rows = toVectors({ data: Float32Array.of(1, 2, 3), dims: 1, ids: ['2', '1', '0'] }, 'rows');
  expect([
    ...toQrels(
      [
        [0, 2],
        ['0', '2'],
      ],
      rows,
      rows,
    ).indices,
  ]).toEqual([2, 0]);
});

describe('relevant documents by query', () => {
  const wanted = toQrels('q1 0 a 1\nq1 0 30 1\n2 0 b 1', queries, documents);

  it('are the same in each form, ids being text or numbers', () => {
    const dataset = {
      queries: { q1: 'text', '2': 'text' },
      corpus: { a: 'text' },
      relevant_docs: { q1: ['a', '30'], 2: ['b'] },
    };
    const forms: QrelsLike[] = [
      { q1: ['a', 30], 2: ['b'] },
      { q1: new Set(['a', '30']), 2: new Set(['b']), q3: [] },
      { q1: { a: 1, 30: 1 }, 2: { b: 1 } },
      new Map<string | number, readonly (string | number)[]>([
        ['q1', ['30', 'a']],
        [2, ['b']],
      ]),
      new Map([
        [
          'q1',
          new Map<string | number, number>([
            ['a', 1],
            [30, 1],
          ]),
        ],
        ['2', new Map([['b', 1]])],
      ]),
      dataset,
      JSON.stringify(dataset, null, 4),
      new TextEncoder().encode(`\ufeff${JSON.stringify({ q1: ['a', 30], 2: ['b'] })}\n`),
    ];
    for (const form of forms) expect(toQrels(form, queries, documents)).toEqual(wanted);
  });

  it('keep grades', () => {
    const { grades } = toQrels({ q1: { a: 2, b: 0, 30: 3 } }, queries, documents);
    expect([...grades]).toEqual([2, 3]);
  });

  it('mean rows where vectors have no ids', () => {
    const rows = toVectors([[1], [2], [3]], 'rows');
    expect(toQrels({ 0: [2], 1: ['0'] }, rows, rows)).toEqual(
      toQrels(
        [
          [0, 2],
          [1, 0],
        ],
        rows,
        rows,
      ),
    );
  });
});

describe('qrels', () => {
  it('are the same from TREC, BEIR, rows and ids', () => {
    const forms: QrelsLike[] = [
      'q1 0 30 2\nq1\t0\ta\t1\n2 Q0 b 0\n2 0 a 3',
      '\ufeffq1 0 30 2\r\n\r\nq1 0 a 1\r\n2 0 b 0\r\n2 0 a +3\r\n',
      'query-id\tcorpus-id\tscore\nq1\t30\t2\nq1\ta\t1\n2\tb\t0\n2\ta\t3\n',
      new TextEncoder().encode('q1\t30\t2\nq1\ta\t1\n2\tb\t-1\n2\ta\t3\n'),
      [
        [0, 2, 2],
        [0, 0],
        [1, 1, 0],
        [1, 0, 3],
      ],
      [
        ['q1', '30', 2],
        ['q1', 'a', 1],
        ['2', 'b', 0],
        [1, 'a', 3],
      ],
    ];
    for (const form of forms) {
      expect(toQrels(form, queries, documents)).toEqual({
        offsets: Uint32Array.of(0, 2, 3, 3),
        indices: Uint32Array.of(0, 2, 0),
        grades: Float64Array.of(1, 2, 3),
        judgements: 4,
      });
    }
  });

  it("'pairs' are row i with row i", () => {
    const property = fc.property(size, (n) => {
      const rows = toVectors(new Array(n).fill([1]), 'rows');
      const pairs = Array.from({ length: n }, (_, i) => [i, i] as const);
      expect(toQrels('pairs', rows, rows)).toEqual(toQrels(pairs, rows, rows));
    });
    fc.assert(property, runs);
  });

  it('keep blanks in ids between tabs', () => {
    expect([...toQrels('q1\td e\t1', queries, documents).indices]).toEqual([3]);
  });

  it('take a judgement twice, where both agree', () => {
    const { indices, judgements } = toQrels('q1 0 a 1\nq1 0 a 1', queries, documents);
    expect([[...indices], judgements]).toEqual([[0], 2]);
  });

  it.each<[string, unknown, new (message: string) => Error, RegExp]>([
    ['an unknown document', 'q1 0 a 1\nq1 0 zz 1', DataError, /line 2: document "zz" is none of the 4 documents/],
    [
      'an unknown query',
      'query-id\tcorpus-id\tscore\nq9\ta\t1',
      DataError,
      /line 2: query "q9" is none of the 3 queries/,
    ],
    ['a query whose only document is absent', 'q1 0 a 1\n\n2 0 gone 1', DataError, /line 3: document "gone" is none/],
    ['nothing relevant', 'q1 0 a 0\n2 0 b -1', DataError, /none of the 2 judgements has a grade above 0/],
    ['a query without anything relevant', 'q1 0 a 1\n2 0 b 0', DataError, /line 2: query 2 has no judgement above 0/],
    ['grades that differ', 'q1 0 a 1\nq1 0 a 2', DataError, /line 2: grade 2, but 1 at qrels: line 1/],
    ['a missing column', 'q1 0 a 1\nq1 0 a', DataError, /line 2: expected 'query 0 document grade', got 'q1 0 a'/],
    [
      'a fourth column',
      'q1\ta\t1\nq1\ta\t1\t5',
      DataError,
      /line 2: expected query-id, corpus-id and score between tabs/,
    ],
    ['two columns', 'q1 a', DataError, /line 1: expected 'query 0 document grade' \(TREC\) or query-id/],
    ['a grade that is text', 'q1 0 a yes', DataError, /line 1: field grade must be a number, got 'yes'/],
    ['a grade that is empty', 'q1\ta\t', DataError, /line 1: field score must be a number, got ''/],
    ['an id that is empty', 'q1\t\t1', DataError, /line 1: field corpus-id is empty/],
    ['an empty file', '', DataError, /expected lines of judgements, found none/],
    ['a header alone', 'query-id\tcorpus-id\tscore\n', DataError, /expected lines of judgements, found none/],
    ['bytes that are no text', Uint8Array.of(0xff, 0xfe), DataError, /qrels: not UTF-8/],
    ["'pairs' of two lengths", 'pairs', ShapeError, /as many documents as queries, got 4 and 3/],
    [
      'a row beyond the last',
      [[0, 4]],
      DataError,
      /pair 0: document must be a row from 0 to 3, or an id as text, got 4/,
    ],
    ['half a row', [[0.5, 1]], DataError, /pair 0: query must be a row from 0 to 2/],
    ['a pair of one', [[0, 1], [1]], DataError, /pair 1 must be \[query, document\]/],
    ['a grade of NaN', [[0, 1, Number.NaN]], DataError, /pair 0: grade must be a finite number, got NaN/],
    ['no pairs', [], DataError, /none of the 0 judgements/],
    ['another thing', 7, OptionsError, /qrels must be 'pairs'/],
    ['nothing', undefined, OptionsError, /qrels must be 'pairs'/],
    ['null', null, OptionsError, /qrels must be 'pairs'/],
    ['text where ids belong', { q1: 'a' }, DataError, /qrels: query "q1" must be ids of documents, or their grades/],
    ['an unknown id in a list', { q1: ['a', 'x'] }, DataError, /qrels: query "q1": document "x" is none of the 4/],
    [
      'an unknown id of a data set',
      { relevant_docs: { q: ['a'] } },
      DataError,
      /relevant_docs\["q"\]: query "q" is none/,
    ],
    ['an id that is none', { q1: [1.5] }, DataError, /qrels: query "q1": an id must be text or a whole number/],
    [
      'a grade that is text',
      { q1: { a: '1' } },
      DataError,
      /qrels: query "q1": a grade must be a finite number, got "1"/,
    ],
    ['empty lists', { q1: [] }, DataError, /none of the 0 judgements/],
    ['JSON cut off', '{"q1": ["a"', DataError, /qrels: begins as JSON and is none/],
    [
      'a number that is a row and the id of another',
      [[2, 'a']],
      DataError,
      /pair 0: query 2 is a row, and the id of row 1/,
    ],
  ])('refuse %s', (_, given, kind, message) => {
    expect(() => toQrels(given as QrelsLike, queries, documents)).toThrow(kind);
    expect(() => toQrels(given as QrelsLike, queries, documents)).toThrow(message);
  });
});

describe('compressed rows', () => {
  const given = toQrels({ q1: { a: 2, 30: 3 }, q3: ['b'] }, queries, documents);

  it('that toQrels gave are taken as they are', () => {
    expect(toQrels(given, queries, documents)).toBe(given);
  });

  it.each<[string, Readonly<Record<string, unknown>>, typeof DataError | typeof ShapeError]>([
    ['no indices', { indices: undefined }, ShapeError],
    ['grades in an array', { grades: [2, 3, 1] }, ShapeError],
    ['offsets of fewer queries', { offsets: Uint32Array.of(0, 2, 3) }, ShapeError],
    ['offsets that fall', { offsets: Uint32Array.of(0, 3, 2, 3) }, ShapeError],
    ['offsets from above 0', { offsets: Uint32Array.of(1, 2, 2, 3) }, ShapeError],
    ['offsets that end early', { offsets: Uint32Array.of(0, 2, 2, 2) }, ShapeError],
    ['fewer grades than indices', { grades: Float64Array.of(2, 3) }, ShapeError],
    ['a document that there is not', { indices: Uint32Array.of(0, 4, 1) }, ShapeError],
    ['a document twice', { indices: Uint32Array.of(2, 2, 1) }, DataError],
    ['a grade of 0', { grades: Float64Array.of(2, 0, 1) }, DataError],
    ['NaN', { grades: Float64Array.of(2, Number.NaN, 1) }, DataError],
    ['a grade beyond the largest', { grades: Float64Array.of(2, 1e7, 1) }, DataError],
    ['too few judgements', { judgements: 2 }, DataError],
    ['nothing', { offsets: new Uint32Array(4), indices: new Uint32Array(), grades: new Float64Array() }, DataError],
  ])('of another form are refused: %s', (_, change, kind) => {
    const qrels = { ...given, ...change } as QrelsLike;
    expect(() => toQrels(qrels, queries, documents)).toThrow(kind);
    expect(() => toQrels(qrels, queries, documents)).toThrow(/^qrels/);
  });
});

it('grades that float32 or sums would lose are refused, naming where they stand', () => {
  const grade = fc.oneof(
    fc.double({ min: 1e6, max: 1e308, minExcluded: true, noNaN: true }),
    fc.double({ min: 1e-320, max: 1e-6, maxExcluded: true, noNaN: true }),
  );
  fc.assert(
    fc.property(grade, (grade) => {
      const line = `q1 0 a ${grade > 1 ? BigInt(Math.ceil(grade)) : '0.0000001'}`;
      const forms: readonly (readonly [QrelsLike, RegExp])[] = [
        [
          [
            ['q1', 'b'],
            ['q1', 'a', grade],
          ],
          /^qrels: pair 1: a grade above 0 must be from 0.000001 to 1000000, got /,
        ],
        [{ q1: { a: grade } }, /^qrels: query "q1": a grade above 0/],
        [`q1 0 b 1\n${line}`, /^qrels: line 2: a grade above 0/],
      ];
      for (const [form, message] of forms) {
        expect(() => toQrels(form, queries, documents)).toThrow(DataError);
        expect(() => toQrels(form, queries, documents)).toThrow(message);
      }
    }),
    runs,
  );
  expect([...toQrels({ q1: { a: 1e-6, b: 1e6, 30: -1e300 } }, queries, documents).grades]).toEqual([1e-6, 1e6]);
});
