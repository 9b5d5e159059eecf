import { describe, expect, it } from 'vitest';
import { mean } from '../../../bench/adapters/quality.js';
import { readOldDocuments, readSet, reflected, type SetName, setNames, sidesOf } from '../../../bench/adapters/sets.js';
import {
  evaluateRetrieval,
  type FitAdapterResult,
  fitAdapter,
  fitMigration,
  loadAdapter,
  type RelevantPair,
  type Vectors,
} from '../../../ts/entries/adapters-node.js';

/** The same bits wherever the tests run, so that nothing here can fail by chance. */
const deterministic = true;

/** Recall@1 without an adapter, as scripts/adapter-sets/build.py printed it from NumPy's float64 products of the rows. */
const built: readonly (readonly [SetName, number, number, number])[] = [
  ['ts-messages', 2115, 2115, 0.3385],
  ['web-api', 2593, 2593, 0.2603],
  ['web-api-named', 3109, 3137, 0.8038],
  ['py-code', 2400, 2400, 0.4167],
  ['reverse-dictionary', 3000, 3000, 0.3877],
];

describe('committed sets', () => {
  it.each(built)('%s is what was built', (name, queries, documents, recall) => {
    const set = readSet(name);
    expect([set.queries.rows, set.documents.rows, set.pairs.length]).toEqual([queries, documents, queries]);
    expect(new Set(set.pairs.map(([query]) => query)).size).toBe(queries);
    // Ties of float32 and float64 may fall otherwise in one query of a thousand.
    expect(Math.abs(found(set, set.pairs).recall1 - recall)).toBeLessThan(0.002);
  });

  it('are all there are', () => {
    expect(built.map(([name]) => name)).toEqual([...setNames]);
  });
});

describe('fitAdapter on committed sets', () => {
  it('doubles the first hits of German compiler messages', async () => {
    const { metrics, results } = await fits('ts-messages', [0]);
    expect(metrics.base).toBeGreaterThan(0.33);
    expect(metrics.base).toBeLessThan(0.37);
    expect(metrics.adapted).toBeGreaterThan(0.72);
    expect(metrics.adapted).toBeGreaterThan(metrics.procrustes);
    for (const { improved } of results) expect(improved).toBe(true);
  });

  it('finds members of the DOM by what they do', async () => {
    const { metrics, results } = await fits('web-api', [1]);
    expect(metrics.base).toBeLessThan(0.29);
    expect(metrics.adapted).toBeGreaterThan(0.37);
    expect(results[0]?.improved).toBe(true);
  });

  it('gives the identity for shuffled pairs', async () => {
    const { queries, documents, pairs } = readSet('ts-messages');
    // Not the place of any row, nor of one of its neighbours, whose messages are alike.
    const qrels = pairs.map(([query], at): RelevantPair => [query, pairs[(at * 1009 + 500) % pairs.length][1]]);
    const { adapter, improved } = await fitAdapter({ queries, documents, qrels, deterministic, seed: 3 });
    expect([adapter.isIdentity, improved]).toEqual([true, false]);
  });

  it.each([30, 100])('is no worse than none after %d pairs', async (count) => {
    const set = readSet('ts-messages');
    const given = set.pairs.filter((_, at) => at % Math.floor(set.pairs.length / count) === 0).slice(0, count);
    const seen = new Set(given);
    const left = set.pairs.filter((pair) => !seen.has(pair));
    const { adapter } = await fitAdapter({ ...sidesOf(set), qrels: given, deterministic });
    const queries: Vectors = { ...adapter.queries(set.queries, { deterministic }), ids: set.queries.ids };
    expect(found({ ...set, queries }, left).recall1).toBeGreaterThanOrEqual(found(set, left).recall1);
  });

  it('keeps what it gains on int8 and binary indexes, through its file', async () => {
    const set = readSet('ts-messages');
    const given = set.pairs.filter((_, at) => at % 4 > 0);
    const left = set.pairs.filter((_, at) => at % 4 === 0);
    const trained = await fitAdapter({ ...sidesOf(set), qrels: given, deterministic, model: 'all-MiniLM-L6-v2' });
    const adapter = loadAdapter(trained.adapter.toBytes(), { model: 'all-MiniLM-L6-v2' });
    const queries: Vectors = { ...adapter.queries(set.queries, { deterministic }), ids: set.queries.ids };
    const float = found({ ...set, queries }, left);
    const offGrid = { queries: reflected(queries), documents: reflected(set.documents) };
    const int8 = found(offGrid, left, 'int8');
    expect(Math.abs(found(offGrid, left).recall1 - float.recall1)).toBeLessThan(0.002);
    expect(Math.abs(int8.recall1 - float.recall1)).toBeLessThan(0.01);
    expect(found({ ...set, queries }, left, 'binary').recall1).toBeGreaterThan(0.6);
  });
});

describe('fitMigration on a committed set', () => {
  it("searches the old model's index with the new model's queries, without a label", async () => {
    const set = readSet('web-api-named');
    const documents: Vectors = { ...readOldDocuments(), ids: set.documents.ids };
    expect(found({ ...set, documents }, set.pairs).recall10).toBeLessThan(0.4);
    // Half the texts do.
    const some = ({ data, cols }: Vectors, rows = Math.floor(set.documents.rows / 2)): Vectors => {
      const every = (_: number, at: number) => at % (2 * cols) < cols;
      return { data: data.filter(every).subarray(0, rows * cols), rows, cols, ids: null };
    };
    const { adapter } = await fitMigration({ from: some(set.documents), to: some(documents), deterministic });
    const queries: Vectors = { ...adapter.queries(set.queries, { deterministic }), ids: set.queries.ids };
    expect(found({ queries, documents }, set.pairs).recall10).toBeGreaterThan(0.9);
  });
});

async function fits(name: SetName, seeds: readonly number[]) {
  const { queries, documents, pairs } = readSet(name);
  const results: FitAdapterResult[] = [];
  for (const seed of seeds) results.push(await fitAdapter({ queries, documents, qrels: pairs, deterministic, seed }));
  const recall = (way: 'base' | 'procrustes' | 'adapted') =>
    mean(results.map(({ report }) => report.metrics['recall@1'][way] ?? Number.NaN));
  return { results, metrics: { base: recall('base'), procrustes: recall('procrustes'), adapted: recall('adapted') } };
}

function found(
  { queries, documents }: { readonly queries: Vectors; readonly documents: Vectors },
  qrels: readonly RelevantPair[],
  quantize: 'none' | 'int8' | 'binary' = 'none',
) {
  const { metrics } = evaluateRetrieval({ queries, documents, qrels, quantize, k: [1, 10], deterministic });
  return { recall1: metrics['recall@1'], recall10: metrics['recall@10'] };
}
