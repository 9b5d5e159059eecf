import { describe, expect, it } from 'vitest';
import { fitAdapter } from '../../../ts/adapters/fit-adapter.js';
import { chosenStart } from '../../../ts/adapters/training/choose-start.js';
import { checkedFit, type FitAdapterOptions } from '../../../ts/adapters/training/fit-adapter-options.js';
import { readFitData } from '../../../ts/adapters/training/fit-data.js';
import { normalRows, seededRandom } from '../../support/random.js';
import { twoSpaces } from '../two-spaces.js';

describe('vectors of two spaces of one size', () => {
  it.each(['query', 'document', 'both'] as const)('are brought together by a turn of %s', async (adapt) => {
    const { improved, report } = await fitAdapter({ ...twoSpaces(3), adapt });
    const { base, adapted } = report.metrics['recall@10'];
    expect(base).toBeLessThan(0.3);
    expect(adapted).toBeGreaterThan(0.9);
    expect(improved).toBe(true);
  });

  it('are not where no vector may turn so far, or a rank is asked for', async () => {
    for (const limit of [{ maxDrift: 10 }, { rank: 1 }]) {
      const { adapter, report } = await fitAdapter({ ...twoSpaces(3), ...limit });
      expect(adapter.head === 'full' && adapter.maxDrift === null).toBe(false);
      expect(report.metrics['recall@10'].adapted).toBeLessThan(0.6);
    }
  });

  it('that have nothing to do with each other stay as they are', async () => {
    const { queries } = twoSpaces(3);
    const { improved, adapter } = await fitAdapter({ ...twoSpaces(4), queries });
    expect([improved, adapter.isIdentity]).toEqual([false, true]);
  });
});

describe('the start', () => {
  const startOf = (options: FitAdapterOptions, dims: number) =>
    chosenStart(readFitData(options), checkedFit(options, { dims, documentDims: dims }, 180), options);

  it('is seldom a turn of vectors that have nothing to do with each other', () => {
    const starts = Array.from({ length: 60 }, (_, at) => {
      const random = seededRandom(at);
      const [queries, documents] = [normalRows(random, 300, 8), normalRows(random, 300, 8)];
      return startOf({ queries, documents, qrels: 'pairs', seed: at }, 8).start;
    });
    // At a level of 0.01, six of sixty are less likely than one in ten thousand.
    expect(starts.filter((start) => start === 'procrustes').length).toBeLessThan(6);
  });

  it('gives its map away, chosen or not', () => {
    const chosen = startOf(twoSpaces(3), 8);
    expect([chosen.start, chosen.rotation?.rows]).toEqual(['procrustes', 8]);
    const { queries } = twoSpaces(4);
    const refused = startOf({ ...twoSpaces(3), queries }, 8);
    expect([refused.start, refused.rotation?.rows]).toEqual(['identity', 8]);
  });

  it('leaves what comes back for nothing at the rank asked for', async () => {
    const wide = (rows: readonly (readonly number[])[]) =>
      rows.slice(0, 60).map((row) => Float32Array.from({ length: 776 }, (_, k) => row[k] ?? 0));
    const { queries, documents } = twoSpaces(3);
    const data = {
      queries: wide(queries),
      documents: wide(documents),
      qrels: 'pairs',
      split: { validation: 0.48 },
    } as const;
    expect(startOf(data, 776).fit.shape).toMatchObject({ head: 'full', rank: null });
    const controller = new AbortController();
    const onEpoch = () => controller.abort();
    const { adapter, improved } = await fitAdapter({ ...data, learningRate: 1e-3, signal: controller.signal, onEpoch });
    expect([improved, adapter.isIdentity, adapter.head, adapter.rank]).toEqual([false, true, 'low-rank', 64]);
  });
});
