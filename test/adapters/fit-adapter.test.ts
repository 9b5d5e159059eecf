import { describe, expect, it } from 'vitest';
import { fitAdapter } from '../../ts/adapters/fit-adapter.js';
import type { Adapt } from '../../ts/adapters/heads/heads.js';
import type { FlatVectors } from '../../ts/adapters/inputs/vectors.js';
import { evaluateRetrieval } from '../../ts/adapters/retrieval/evaluate-retrieval.js';
import type { FitAdapterOptions } from '../../ts/adapters/training/fit-adapter-options.js';
import { splitQueries } from '../../ts/adapters/training/query-split.js';
import { DataError, OptionsError, ShapeError } from '../../ts/wasm/errors.js';
import { liveResources } from '../../ts/wasm/resource.js';
import { seededRandom } from '../support/random.js';
import { hiddenMap, shuffled } from './hidden-map.js';
import { turnedBack, twoSpaces } from './two-spaces.js';

const pairs = hiddenMap(500, 16, 0.4, 1);
const base = { qrels: 'pairs', deterministic: true, learningRate: 3e-3 } as const;

describe('a map that queries went through', () => {
  it.each([
    ['query', 'full'],
    ['query', 12],
    ['document', 'full'],
    ['shared', 'full'],
    ['both', 8],
  ] as const)("is learnt by '%s', rank %s", async (adapt, rank) => {
    const before = liveResources();
    const { adapter, improved, report } = await fitAdapter({ ...pairs, ...base, adapt, rank });
    expect(improved).toBe(true);
    expect(report.metrics['MRR@10'].delta).toBeGreaterThan(adapt === 'shared' ? 0.02 : 0.1);
    expect(report.metrics['MRR@10'].interval[0]).toBeGreaterThan(0);
    expect(report.ranks.better).toBeGreaterThan(3 * report.ranks.worse);
    expect(adapter.isIdentity).toBe(false);
    expect(liveResources()).toBe(before);
  });

  it('makes the adapter better by an evaluation of its own', async () => {
    const { adapter } = await fitAdapter({ ...pairs, ...base });
    const { data, dims } = pairs.queries;
    const queries = adapter.queries({ data: Float32Array.from(data), rows: data.length / dims, cols: dims });
    const measured = (q: FitAdapterOptions['queries']) =>
      evaluateRetrieval({ queries: q, documents: pairs.documents, qrels: 'pairs' }).metrics['MRR@10'];
    expect(measured(queries)).toBeGreaterThan(measured(pairs.queries) + 0.1);
  });

  it('gives the same bits from the same seed, others from another', async () => {
    const fit = async (seed: number) => (await fitAdapter({ ...pairs, ...base, seed, maxEpochs: 5 })).adapter.toBytes();
    const first = await fit(3);
    expect(await fit(3)).toEqual(first);
    expect(await fit(4)).not.toEqual(first);
  });

  it('wpc is learnt too, within its drift', async () => {
    const { improved } = await fitAdapter({ ...pairs, ...base, objective: 'wpc', maxDrift: 60 });
    expect(improved).toBe(true);
  });
});

describe('never worse than none', () => {
  it('shuffled pairs give the identity, whatever the seed', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { adapter, improved, reason } = await fitAdapter({ ...shuffled(pairs, seed), ...base, seed, maxEpochs: 6 });
      expect(improved, `seed ${seed}`).toBe(false);
      expect(adapter.isIdentity).toBe(true);
      expect(reason).toMatch(/shuffled|noise|falls|no checkpoint/);
    }
  });

  it('so do few shuffled pairs, where every query is asked', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const few = shuffled(hiddenMap(120, 8, 0.4, seed), seed);
      const { improved, adapter } = await fitAdapter({ ...few, ...base, seed, maxEpochs: 4 });
      expect(improved, `seed ${seed}`).toBe(false);
      expect(adapter.isIdentity).toBe(true);
    }
  });

  it('where the verdict has few queries, all but those of the test are asked, and a gain still passes', async () => {
    const { improved, reason, report } = await fitAdapter({ ...hiddenMap(160, 16, 0.4, 3), ...base, seed: 1 });
    expect(report.verdict.crossFitted).toBe(true);
    expect(reason).toMatch(/on 120 queries, each asked of an adapter trained without it/);
    expect(improved).toBe(true);
    expect(report.metrics['MRR@10'].delta).toBeGreaterThan(0.05);
  });

  it('thirty pairs are never below base', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const { adapter, improved, reason } = await fitAdapter({ ...hiddenMap(30, 16, 0.4, seed), ...base, seed });
      expect(improved).toBe(false);
      expect(reason).toMatch(/too few|headroom/);
      expect(adapter.isIdentity).toBe(true);
    }
  });

  it('nor are a hundred, beyond noise', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const { report, improved } = await fitAdapter({ ...hiddenMap(100, 16, 0.4, seed), ...base, seed });
      if (improved) expect(report.metrics['MRR@10'].interval[1], `seed ${seed}`).toBeGreaterThan(0);
    }
  });

  it('copies of few queries are too few to tell', async () => {
    const { queries, documents } = hiddenMap(400, 16, 0.4, 1);
    const copies = { ...queries, data: Float32Array.from(queries.data, (_, at) => queries.data[at % (20 * 16)]) };
    const qrels = Array.from({ length: 400 }, (_, i) => [i, i % 20] as const);
    const { improved, reason } = await fitAdapter({ queries: copies, documents, ...base, qrels, maxEpochs: 3 });
    expect(improved).toBe(false);
    expect(reason).toMatch(/of which \d are no copies and share no document: too few to tell/);
  });

  it('says that there is no headroom', async () => {
    const { documents } = pairs;
    const { improved, reason, report } = await fitAdapter({ queries: documents, documents, ...base });
    expect(improved).toBe(false);
    expect(reason).toContain('no headroom');
    expect(report.metrics['recall@1'].base).toBe(1);
  });

  it('the identity adapter is base exactly', async () => {
    const { adapter, report } = await fitAdapter({ ...shuffled(pairs, 1), ...base, maxEpochs: 1, learningRate: 1e-12 });
    const query = Float32Array.from(pairs.queries.data.subarray(0, 16));
    const length = Math.hypot(...query);
    expect(adapter.query(query)).toEqual(query.map((value) => value / length));
    expect(report.ranks.better + report.ranks.worse).toBeLessThan(3);
  });
});

describe.each(['query', 'document'] as const)("what a split by '%s' holds back", (by) => {
  it('changes nothing that is trained, chosen or judged', async () => {
    const { data, dims } = pairs.queries;
    const rows = data.length / dims;
    const relevance = Array.from({ length: rows }, (_, document) => [{ document, grade: 1 }]);
    const alone = Uint32Array.from({ length: rows }, (_, i) => i);
    const { test } = splitQueries(relevance, { queryTwins: alone, documentTwins: alone }, { by }, 7);
    const random = seededRandom(5);
    const changed = (vectors: FlatVectors): FlatVectors => {
      const copy = Float32Array.from(vectors.data);
      for (const row of test) for (let k = 0; k < dims; k++) copy[row * dims + k] = 9 * random.normal();
      return { data: copy, dims };
    };
    const fit = (queries: FlatVectors, documents: FlatVectors) =>
      fitAdapter({ queries, documents, ...base, split: { by }, seed: 7, maxEpochs: 6 });
    const first = await fit(pairs.queries, pairs.documents);
    const other = await fit(changed(pairs.queries), by === 'document' ? changed(pairs.documents) : pairs.documents);
    expect(first.improved).toBe(true);
    expect(other.report.verdict).toEqual(first.report.verdict);
    expect(other.report.metrics['MRR@10']).not.toEqual(first.report.metrics['MRR@10']);
    expect(other.adapter.toJSON().query).toEqual(first.adapter.toJSON().query);
    expect(first.adapter.calibration).not.toBeNull();
    expect(other.adapter.calibration).toEqual(first.adapter.calibration);
  });
});

it("documents that a split by 'document' holds back do not decide the start", async () => {
  const { queries, documents } = twoSpaces(3);
  const split = { by: 'document', test: 0.6 } as const;
  const rows = documents.length;
  const relevance = Array.from({ length: rows }, (_, document) => [{ document, grade: 1 }]);
  const alone = Uint32Array.from({ length: rows }, (_, i) => i);
  const { test, stopping } = splitQueries(relevance, { queryTwins: alone, documentTwins: alone }, split, 2);
  // Just where the queries for early stopping would find their documents, before these, by Procrustes' map.
  const spoilt = documents.map((document, row) => {
    const at = test.indexOf(row);
    if (at < 0) return document;
    // Not equal, or the split would keep them together.
    return turnedBack(queries[stopping[at % stopping.length]] ?? []).map(
      (value, k) => value + (k === 0 ? 1e-4 * row : 0),
    );
  });
  const fit = (docs: readonly (readonly number[])[]) =>
    fitAdapter({ queries, documents: docs, ...base, split, seed: 2, maxEpochs: 2 });
  const [first, other] = [await fit(documents), await fit(spoilt)];
  expect(other.report.verdict).toEqual(first.report.verdict);
  expect(other.adapter.toJSON().query).toEqual(first.adapter.toJSON().query);
  expect(other.adapter.calibration).toEqual(first.adapter.calibration);
});

describe('the report', () => {
  it('counts parts, negatives and copies, and prints a table', async () => {
    const { data, dims } = pairs.documents;
    // Documents 250 to 499 are copies of 0 to 249.
    const documents = { data: Float32Array.from(data, (_, at) => data[at % (250 * dims)]), dims };
    const { report } = await fitAdapter({ queries: pairs.queries, documents, ...base, maxEpochs: 1 });
    const { train, stopping, verdict, test } = report.queries;
    expect([train, stopping, verdict, test]).toEqual([300, 25, 50, 125]);
    expect(report.negatives.from).toBe(300);
    expect(report.negatives.duplicates.byVector).toBeGreaterThan(30);
    expect(String(report)).toMatch(/base +procrustes +ridge +adapted +delta +95 % CI\n *recall@1 +0\.\d{3}/);
    expect(String(report)).toContain(`0 by id, ${report.negatives.duplicates.byVector} by vector`);
  });

  it.each(['query', 'document'] as const)("knows copies of documents in the test, by '%s'", async (by) => {
    const { data, dims } = pairs.documents;
    const documents = { data: Float32Array.from(data, (_, at) => 2 * data[at % (250 * dims)]), dims };
    const { report } = await fitAdapter({ queries: pairs.queries, documents, ...base, split: { by }, maxEpochs: 1 });
    if (by === 'document') expect(report.sharedDocuments).toBe(0);
    else expect(report.sharedDocuments).toBeGreaterThan(30);
  });

  it('samples documents where that is asked for', async () => {
    const { report, improved } = await fitAdapter({ ...pairs, ...base, candidates: 128 });
    expect(report.negatives).toMatchObject({ perStep: 128, from: 300 });
    expect(improved).toBe(true);
  });

  it.each([
    ['batch', /^negatives: \d+ of 300 training documents a step, the batch's \(/m],
    [{ mine: 3 }, /the batch's and up to 3 mined a query, relative margin 0.05 \(/],
  ] as const)('says that negatives were %o', async (negatives, text) => {
    const { report, improved } = await fitAdapter({ ...pairs, ...base, negatives });
    expect(improved).toBe(true);
    expect(report.negatives.perStep).toBeGreaterThanOrEqual(64);
    expect(report.negatives.perStep).toBeLessThan(negatives === 'batch' ? 65 : 257);
    expect(String(report)).toMatch(text);
  });

  it('tells each epoch, and ends by a signal', async () => {
    const controller = new AbortController();
    const epochs: number[] = [];
    const { report } = await fitAdapter({
      ...{ ...pairs, ...base, signal: controller.signal },
      onEpoch: ({ epoch, value, mrr }) => {
        epochs.push(epoch);
        expect(Number.isFinite(value)).toBe(true);
        expect(mrr).toBeGreaterThan(0);
        if (epoch === 2) controller.abort();
      },
    });
    expect(epochs).toEqual([1, 2]);
    expect(report.training).toMatchObject({ epochs: 2, ridgeStrength: null });
    expect(report.metrics['MRR@10'].procrustes).toBeNull();
    expect(String(report)).not.toContain('ridge');
  });

  it('trains nothing once the signal has been given', async () => {
    const { report } = await fitAdapter({ ...pairs, ...base, signal: AbortSignal.abort() });
    expect(report.training).toMatchObject({ epochs: 0, bestEpoch: 0, ridgeStrength: null });
  });
});

describe('a verdict of many adapters', () => {
  const few = { ...hiddenMap(160, 16, 0.4, 3), ...base, seed: 1, maxEpochs: 5 };

  it('tells the epochs of each', async () => {
    const folds: number[] = [];
    const { report } = await fitAdapter({ ...few, onEpoch: ({ fold, folds: of }) => folds.push(fold, of) });
    expect(report.verdict.crossFitted).toBe(true);
    expect([...new Set(folds)]).toEqual([0, 1, 6, 2, 3, 4, 5]);
  });

  it('ends by a signal at once; what is known already stands', async () => {
    const controller = new AbortController();
    const folds: number[] = [];
    const { report, reason, adapter } = await fitAdapter({
      ...{ ...few, signal: controller.signal },
      onEpoch: ({ fold }) => {
        folds.push(fold);
        if (fold === 2) controller.abort();
      },
    });
    expect(folds.filter((fold) => fold >= 2)).toEqual([2]);
    expect(report.verdict.crossFitted).toBe(false);
    expect(reason).toMatch(/; the fit was ended by the signal$/);
    expect(adapter.isIdentity).toBe(true);
  });
});

describe('bad input', () => {
  const { queries, documents } = hiddenMap(40, 4, 0.1, 1);
  const fails = async (options: Partial<FitAdapterOptions>, kind: unknown, message: RegExp) => {
    const fit = fitAdapter({ queries, documents, ...base, ...options });
    await expect(fit).rejects.toThrow(message);
    await expect(fit).rejects.toBeInstanceOf(kind);
  };

  it('is named', async () => {
    await fails({ adapt: 'queries' as Adapt }, OptionsError, /query, document, shared, both, got queries/);
    await fails({ rank: 5 }, OptionsError, /from 1 to 4, got 5/);
    await fails({ scale: 0 }, OptionsError, /scale must be a finite number above 0, got 0/);
    await fails({ maxDrift: 90 }, OptionsError, /below 90, got 90/);
    await fails({ objective: 'wpc' }, OptionsError, /give maxDrift/);
    await fails({ objective: 'wpc', dims: 2 }, OptionsError, /maps to another size have none: use 'cpc'/);
    await fails(
      { split: { testing: 0.2 } as FitAdapterOptions['split'] & object },
      OptionsError,
      /no option 'testing'/,
    );
    await fails({ negatives: 'batch', candidates: 9 }, OptionsError, /with negatives 'all' only/);
    await fails({ seed: -1 }, OptionsError, /seed/);
    await fails({ split: { validation: 0.5, test: 0.5 } }, OptionsError, /leave something to train on/);
    const wider = hiddenMap(40, 5, 0, 1).documents;
    await fails(
      { documents: wider, adapt: 'shared' },
      ShapeError,
      /4 numbers and documents 5: one map cannot take both/,
    );
    await fails({ documents: wider, adapt: 'both' }, ShapeError, /4 numbers and documents 5: .*dims must say/);
    await fails({ documents: wider, rank: 2 }, OptionsError, /rank is for adapters that add.*vectors of two sizes/);
    await fails({ documents: wider, maxDrift: 20 }, OptionsError, /maxDrift is for adapters that add/);
    await fails({ dims: 2, adapt: 'query' }, OptionsError, /leave the other side at its size: use adapt 'both'/);
    await fails({ dims: 2, hidden: 3 }, OptionsError, /hidden is for adapters that add.*with dims/);
    await fails({ dims: 5 }, OptionsError, /dims must be a whole number from 1 to 4.* got 5/);
    await fails({ dims: [2, 0] }, OptionsError, /got \[2,0\]/);
    await fails({ hidden: 0 }, OptionsError, /hidden must be a whole number from 1 to 65536, got 0/);
    await fails({ hidden: 3, rank: 2 }, OptionsError, /give one of them, got 3 and 2/);
    await fails({ qrels: [[0, 0]] }, DataError, /at least 4/);
    await fails({ queries: { data: new Float32Array(160), dims: 4 } }, DataError, /row 0 is a zero vector/);
  });
});
