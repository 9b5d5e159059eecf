import { describe, expect, it } from 'vitest';
import { fitAdapter } from '../../../ts/adapters/fit-adapter.js';
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
