import { describe, expect, it } from 'vitest';
import { fitAdapter } from '../../ts/adapters/fit-adapter.js';
import { fitMigration } from '../../ts/adapters/fit-migration.js';
import type { FlatVectors } from '../../ts/adapters/inputs/vectors.js';
import { ShapeError } from '../../ts/wasm/errors.js';
import { normalRows, seededRandom } from '../support/random.js';

const DIMS = 16;

/** The same texts by two models: the new one's vectors are the old one's, turned, bent and with noise. */
function twoModels(count: number, seed: number): { readonly from: FlatVectors; readonly to: FlatVectors } {
  const random = seededRandom(seed);
  const old = normalRows(random, count, DIMS);
  const map = normalRows(random, DIMS, DIMS, DIMS ** -0.5);
  const fresh = old.map((row) =>
    map.map((weights) => {
      const image = weights.reduce((sum, weight, k) => sum + weight * row[k], 0);
      return image + 0.1 * image ** 3 + 0.2 * random.normal();
    }),
  );
  return {
    from: { data: Float32Array.from(fresh.flat()), dims: DIMS },
    to: { data: Float32Array.from(old.flat()), dims: DIMS },
  };
}

describe('migration', () => {
  it('finds in the old index what the new model asks for, better than a rotation does', async () => {
    const { adapter, improved, report } = await fitMigration({ ...twoModels(600, 1), deterministic: true });
    expect(improved).toBe(true);
    expect(adapter).toMatchObject({ adapt: 'query', rank: null });
    const { base, procrustes, adapted } = report.metrics['recall@10'];
    expect(base).toBeLessThan(0.15);
    expect(adapted).toBeGreaterThan(0.9);
    expect(report.metrics['MRR@10'].adapted).toBeGreaterThan(Number(report.metrics['MRR@10'].procrustes));
    expect(procrustes).toBeGreaterThan(Number(base));
  });

  it('begins where Procrustes ends', async () => {
    const { report } = await fitMigration({ ...twoModels(600, 2), learningRate: 1e-12, deterministic: true });
    const { procrustes, adapted } = report.metrics['MRR@10'];
    expect(adapted).toBeCloseTo(Number(procrustes), 2);
  });

  it('beats a start at the identity where few texts are known', async () => {
    const { from, to } = twoModels(150, 3);
    const how = { deterministic: true, maxEpochs: 5 };
    const migrated = await fitMigration({ from, to, ...how });
    const plain = await fitAdapter({ queries: from, documents: to, qrels: 'pairs', ...how });
    expect(migrated.report.metrics['MRR@10'].adapted).toBeGreaterThan(plain.report.metrics['MRR@10'].adapted);
  });

  it('refuses rows that do not belong together, and models of two sizes', async () => {
    const { from, to } = twoModels(40, 1);
    const short = { data: to.data.slice(DIMS) as Float32Array, dims: DIMS };
    await expect(fitMigration({ from, to: short })).rejects.toBeInstanceOf(ShapeError);
    await expect(fitMigration({ from, to: { ...to, dims: 8 } })).rejects.toBeInstanceOf(ShapeError);
  });
});
