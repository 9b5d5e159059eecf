import { describe, expect, it } from 'vitest';
import type { Adapter } from '../../ts/adapters/adapter.js';
import { fitAdapter } from '../../ts/adapters/fit-adapter.js';
import { fitMigration } from '../../ts/adapters/fit-migration.js';
import type { FlatVectors } from '../../ts/adapters/inputs/vectors.js';
import { loadAdapter } from '../../ts/adapters/load-adapter.js';
import { evaluateRetrieval } from '../../ts/adapters/retrieval/evaluate-retrieval.js';
import { DataError, OptionsError } from '../../ts/wasm/errors.js';
import { liveResources } from '../../ts/wasm/resource.js';
import { expectClose } from '../support/close.js';
import { normalRows, seededRandom } from '../support/random.js';
import { hiddenMap, shuffled } from './hidden-map.js';

const how = { qrels: 'pairs', deterministic: true, learningRate: 3e-3 } as const;
const pairs = hiddenMap(400, 16, 0.4, 1);

/** The same items by two models, of `dims` and `others` numbers: linear images of 8 hidden ones, bent, with noise. */
function twoModels(count: number, dims: number, others: number, seed: number) {
  const random = seededRandom(seed);
  const items = normalRows(random, count, 8);
  const seen = (size: number): FlatVectors => {
    const map = normalRows(random, size, 8);
    const rows = items.map((item) =>
      map.map((weights) => {
        const image = weights.reduce((sum, weight, k) => sum + weight * item[k], 0);
        return image + 0.1 * image ** 3 + random.normal();
      }),
    );
    return { data: Float32Array.from(rows.flat()), dims: size };
  };
  return { queries: seen(dims), documents: seen(others) };
}

const matrixOf = ({ data, dims }: FlatVectors) => {
  const numbers = Float32Array.from(data);
  return { data: numbers, rows: numbers.length / dims, cols: dims };
};

const mrr = (adapter: Adapter, set: ReturnType<typeof twoModels>, dims?: number) =>
  evaluateRetrieval({
    queries: adapter.queries(matrixOf(set.queries), dims === undefined ? {} : { dims }),
    documents: adapter.documents(matrixOf(set.documents), dims === undefined ? {} : { dims }),
    ...{ qrels: 'pairs', k: 10, deterministic: true },
  }).metrics['MRR@10'];

describe('smaller outputs', () => {
  it.each(['both', 'shared'] as const)("are better than principal components, adapt '%s'", async (adapt) => {
    const before = liveResources();
    const { adapter, improved, report } = await fitAdapter({ ...pairs, ...how, adapt, dims: 6 });
    expect(improved).toBe(true);
    expect(adapter).toMatchObject({ head: 'map', adapt, dims: 16, documentDims: 16, sizes: [6], isIdentity: false });
    expect(adapter.query(new Float32Array(16).fill(1))).toHaveLength(6);
    const { base, truncated, pca, aligned, procrustes, ridge, adapted, delta } = report.metrics['MRR@10'];
    expect(report.fallback).toBe(adapt === 'both' ? 'aligned' : 'pca');
    expect(aligned === null).toBe(adapt === 'shared');
    expect(adapted - Number(aligned ?? pca)).toBeCloseTo(delta, 9);
    expect(adapted).toBeGreaterThan(Number(pca));
    expect(delta).toBeGreaterThan(0.03);
    expect([procrustes, ridge]).toEqual([null, null]);
    expect(Number(base)).toBeGreaterThan(Number(truncated));
    expect(liveResources()).toBe(before);
  });

  it('of several sizes share one adapter, each better than principal components of its size', async () => {
    const { adapter, report } = await fitAdapter({ ...pairs, ...how, dims: [4, 10, 6] });
    expect(adapter).toMatchObject({ adapt: 'both', sizes: [10, 6, 4] });
    expect(report.sizes.map(({ dims }) => dims)).toEqual([10, 6, 4]);
    const [largest, ...smaller] = report.sizes;
    expect(report.metrics).toBe(largest.metrics);
    for (const { metrics, ranks } of [largest, ...smaller]) {
      expect(metrics['MRR@10'].delta).toBeGreaterThan(0.02);
      expect(ranks.better).toBeGreaterThan(ranks.worse);
    }
    const found = adapter.sizes.map((dims) => mrr(adapter, pairs, dims));
    expect(found).toEqual(found.toSorted((a, b) => b - a));
    expect(mrr(loadAdapter(adapter.toBytes()), pairs, 6)).toBe(found[1]);
    expect(adapter.metrics['MRR@10 at 6']).toBe(smaller[0].metrics['MRR@10'].adapted);
    const text = String(report);
    expect(text).toMatch(/base +first +pca +aligned +adapted +delta +95 % CI\n *recall@1 at 10 +0\.\d{3}/);
    expect(text).toMatch(/delta is against PCA( after Procrustes)?, of the same size/);
    expect(text).toMatch(/4 of 16 numbers (lose|keep, and raise by) 0\.\d{3}.* the full vectors' MRR@10 of 0\.\d{3}/);
  });

  it('are principal components where nothing better is learnt', async () => {
    const set = shuffled(pairs, 1);
    const { adapter, improved, reason, report } = await fitAdapter({ ...set, ...how, dims: [5, 3], maxEpochs: 3 });
    expect(improved).toBe(false);
    expect(reason).toMatch(/shuffled|noise|falls|no checkpoint was better than PCA/);
    expect(report.fallback).toBe('pca');
    expect(String(report)).toContain('refused, principal components are returned: ');
    const { query, document } = adapter.toJSON();
    expect(document).toEqual(query);
    const m = query?.M.data ?? [];
    const products = [0, 1, 2, 3, 4].flatMap((i) =>
      [0, 1, 2, 3, 4].map((j) => m.slice(16 * i, 16 * i + 16).reduce((sum, v, k) => sum + v * m[16 * j + k], 0)),
    );
    expectClose(
      products,
      [0, 1, 2, 3, 4].flatMap((i) => [0, 1, 2, 3, 4].map((j) => (i === j ? 1 : 0))),
      { absolute: 1e-5 },
    );
    expect(report.metrics['MRR@10'].pca).toBe(adapter.metrics['MRR@10']);
  });

  it('need as many training vectors', async () => {
    const few = hiddenMap(8, 16, 0.4, 1);
    const fit = fitAdapter({ ...few, ...how, dims: 14, split: { validation: 0.4, test: 0.25 } });
    await expect(fit).rejects.toThrow(/dims 14 needs at least as many training vectors/);
    await expect(fit).rejects.toBeInstanceOf(DataError);
  });
});

describe('vectors of two sizes', () => {
  const set = twoModels(400, 12, 20, 1);

  it.each([
    ['query', set, 20],
    ['document', set, 12],
    ['query', { queries: set.documents, documents: set.queries }, 12],
  ] as const)("are brought together by '%s', better than by Procrustes, case %#", async (adapt, own, size) => {
    const { adapter, improved, report } = await fitAdapter({ ...own, ...how, adapt });
    expect(improved).toBe(true);
    expect(adapter).toMatchObject({ head: 'map', adapt, sizes: [size], isIdentity: false });
    const { base, procrustes, ridge, adapted, delta } = report.metrics['MRR@10'];
    expect(base).toBeNull();
    expect(report.fallback).toBe('procrustes');
    expect(adapted - Number(procrustes)).toBeCloseTo(delta, 9);
    expect(ridge).toBeGreaterThan(0.2);
    expect(mrr(adapter, own)).toBeGreaterThan(Number(procrustes));
    expect(mrr(loadAdapter(adapter.toBytes()), own)).toBe(mrr(adapter, own));
    expect(String(report)).toMatch(/queries \d+-d, documents \d+-d/);
    expect(String(report)).toContain('delta is against Procrustes\n');
  });

  it('get one smaller size by two maps', async () => {
    const { adapter, improved, report } = await fitAdapter({ ...set, ...how, dims: [8, 4] });
    expect(improved).toBe(true);
    expect(adapter).toMatchObject({ adapt: 'both', dims: 12, documentDims: 20, sizes: [8, 4] });
    const { base, truncated, pca, aligned, adapted, delta } = report.metrics['MRR@10'];
    expect([base, truncated, pca]).toEqual([null, null, null]);
    expect(adapted - Number(aligned)).toBeCloseTo(delta, 9);
  });

  it('of one size by chance are brought together before they are made smaller', async () => {
    const { improved, report } = await fitAdapter({ ...twoModels(400, 12, 12, 2), ...how, dims: [8, 4] });
    const { base, pca, aligned } = report.metrics['recall@10'];
    expect(Math.max(Number(base), Number(pca))).toBeLessThan(0.15);
    expect(report.fallback).toBe('aligned');
    expect(aligned).toBeGreaterThan(0.3);
    expect(improved).toBe(true);
  });

  it("come back by Procrustes' map where nothing better is learnt", async () => {
    const { adapter, improved, report } = await fitAdapter({ ...set, ...how, maxEpochs: 1, learningRate: 1e-12 });
    expect(improved).toBe(false);
    expect(adapter.isIdentity).toBe(false);
    expect(report.ranks.better + report.ranks.worse).toBeLessThan(3);
    expect(adapter.metrics['MRR@10']).toBe(report.metrics['MRR@10'].procrustes);
    expect(String(report)).toContain("refused, Procrustes' map is returned: ");
  });

  it('are migrated without labels', async () => {
    const { adapter, report } = await fitMigration({ from: set.queries, to: set.documents, deterministic: true });
    expect(adapter).toMatchObject({ adapt: 'query', head: 'map', dims: 12, sizes: [20] });
    expect(report.metrics['recall@10'].adapted).toBeGreaterThan(0.8);
    expect(mrr(adapter, set)).toBeGreaterThan(Number(report.metrics['MRR@10'].procrustes));
  });
});

describe('a perceptron', () => {
  it('learns what is bent, better than a map does', async () => {
    const random = seededRandom(5);
    const documents = normalRows(random, 1000, 12);
    // Magnitudes: no linear map brings these back.
    const queries = documents.map((row) => row.map((value, k) => value + 1.5 * Math.abs(row[(k + 1) % 12])));
    const set = { queries, documents };
    const plain = await fitAdapter({ ...set, ...how });
    const more = { hidden: 192, maxEpochs: 30, patience: 10 };
    const bent = await fitAdapter({ ...set, ...how, ...more });
    expect(bent.improved).toBe(true);
    expect(bent.adapter).toMatchObject({ head: 'mlp', hidden: 192, rank: null, isIdentity: false });
    expect(bent.report.metrics['MRR@10'].adapted).toBeGreaterThan(plain.report.metrics['MRR@10'].adapted + 0.05);
  });

  it('keeps to a limit on drift', async () => {
    const { adapter } = await fitAdapter({ ...pairs, ...how, hidden: 24, maxDrift: 20 });
    expect(adapter.maxDrift).toBe(20);
    const { data } = matrixOf(pairs.queries);
    for (let row = 0; row < 100; row++) {
      const x = data.subarray(16 * row, 16 * row + 16);
      const y = adapter.query(x);
      const cosine = y.reduce((sum, value, k) => sum + value * x[k], 0) / Math.hypot(...x);
      expect((Math.acos(Math.min(1, cosine)) * 180) / Math.PI).toBeLessThanOrEqual(20.001);
    }
  });
});

it('options that there are not are named, with those that there are', async () => {
  const fit = fitAdapter({ ...pairs, ...how, hiden: 3 } as Parameters<typeof fitAdapter>[0]);
  await expect(fit).rejects.toThrow(/fitAdapter has no option 'hiden': it takes queries, documents, qrels, adapt/);
  await expect(fit).rejects.toBeInstanceOf(OptionsError);
  const { queries: from, documents: to } = pairs;
  const migration = fitMigration({ from, to, adapt: 'both' } as Parameters<typeof fitMigration>[0]);
  await expect(migration).rejects.toThrow(/fitMigration has no option 'adapt': it takes from, to/);
});
