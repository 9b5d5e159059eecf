import { describe, expect, it } from 'vitest';
import { evaluateRetrieval } from '../../ts/adapters/evaluate-retrieval.js';
import { fitAdapter } from '../../ts/adapters/fit-adapter.js';
import type { FitAdapterOptions } from '../../ts/adapters/fit-adapter-options.js';
import type { Adapt } from '../../ts/adapters/heads.js';
import { DataError, OptionsError, ShapeError } from '../../ts/wasm/errors.js';
import { liveResources } from '../../ts/wasm/resource.js';
import { hiddenMap, shuffled } from './hidden-map.js';

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

describe('the report', () => {
  it('counts parts, negatives and copies, and prints a table', async () => {
    const { data, dims } = pairs.documents;
    // Documents 250 to 499 are copies of 0 to 249.
    const documents = { data: Float32Array.from(data, (_, at) => data[at % (250 * dims)]), dims };
    const { report } = await fitAdapter({ queries: pairs.queries, documents, ...base, maxEpochs: 1 });
    const { train, stopping, verdict, test } = report.queries;
    expect([train, stopping, verdict, test]).toEqual([300, 25, 50, 125]);
    expect(report.negatives.from).toBe(300);
    expect(report.negatives.duplicatesMasked).toBeGreaterThan(30);
    expect(String(report)).toMatch(/base +procrustes +ridge +adapted +delta +95 % CI\n *recall@1 +0\.\d{3}/);
    expect(String(report)).toContain(`${report.negatives.duplicatesMasked} duplicates masked`);
  });

  it('samples documents where that is asked for', async () => {
    const { report, improved } = await fitAdapter({ ...pairs, ...base, candidates: 128 });
    expect(report.negatives).toMatchObject({ perStep: 128, from: 300 });
    expect(improved).toBe(true);
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
    expect(report.training.epochs).toBe(2);
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
    await fails({ hidden: 0 }, OptionsError, /hidden must be a whole number from 1, got 0/);
    await fails({ hidden: 3, rank: 2 }, OptionsError, /give one of them, got 3 and 2/);
    await fails({ qrels: [[0, 0]] }, DataError, /at least 4/);
    await fails({ queries: { data: new Float32Array(160), dims: 4 } }, DataError, /row 0 is a zero vector/);
  });
});
