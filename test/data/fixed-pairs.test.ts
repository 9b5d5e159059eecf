import { describe, expect, it } from 'vitest';
import { arrayPairs } from '../../ts/data/array-pairs.js';
import { fixedPairs } from '../../ts/data/fixed-pairs.js';
import { iterablePairs } from '../../ts/data/iterable-pairs.js';
import { collectPairs } from '../../ts/data/pairs.js';
import { digitGrid } from '../../ts/data/spatial-grid.js';
import { DataError, OptionsError } from '../../ts/wasm/errors.js';
import { readBatches } from './read-batches.js';

/** Four classes of ten drawings, each of one pixel that says which it is. */
const drawings = {
  size: 1,
  pixels: Float32Array.from({ length: 40 }, (_, i) => i),
  classes: Array.from({ length: 4 }, (_, c) => Uint32Array.from({ length: 10 }, (_, i) => c * 10 + i)),
};
const grid = () => digitGrid({ k: 2, drawings, split: 'train' });

describe('fixedPairs', () => {
  it('keeps the same pairs in every epoch, with labels and mutual information', async () => {
    const fixed = await fixedPairs(grid(), 300, 8);
    expect(fixed).toMatchObject({ pairs: 300, labelSizes: [4, 4, 4, 4], mutualInformation: grid().mutualInformation });
    const epochs = await readBatches(fixed, 3, { batch: 300, seed: 1 });
    const rows = epochs.map(({ x, y, labels }) =>
      Array.from({ length: 300 }, (_, i) =>
        [x, y, labels].map((side) => side?.subarray(i * 4, i * 4 + 4).join(' ')).join(' | '),
      ),
    );
    expect(rows[1]).not.toEqual(rows[0]);
    expect([...rows[1]].sort()).toEqual([...rows[0]].sort());
    expect([...rows[2]].sort()).toEqual([...rows[0]].sort());
  });

  it('draws other pairs from another seed', async () => {
    const [first, second] = await Promise.all([1, 2].map((seed) => collectPairs(grid(), 30, seed)));
    expect(first.x.data).not.toEqual(second.x.data);
  });
});

describe('collectPairs', () => {
  it('takes no pair of a finite source twice', async () => {
    const numbers = { data: Float32Array.from({ length: 601 }, (_, i) => i), rows: 601, cols: 1 };
    for (const count of [1, 257, 600, 601]) {
      const { x } = await collectPairs(arrayPairs({ x: numbers, y: numbers }), count, 3);
      expect(new Set(x.data).size).toBe(count);
    }
  });

  it('refuses more pairs than there are, and counts that are none', async () => {
    const numbers = { data: new Float32Array(5), rows: 5, cols: 1 };
    await expect(collectPairs(arrayPairs({ x: numbers, y: numbers }), 6, 0)).rejects.toThrow(DataError);
    await expect(collectPairs(grid(), 0, 0)).rejects.toThrow(OptionsError);
    const ending = iterablePairs({
      xDim: 1,
      yDim: 1,
      batches: () => [{ x: new Float32Array(3), y: new Float32Array(3) }],
    });
    await expect(collectPairs(ending, 4, 0)).rejects.toThrow(/asked for 4 pairs.*after 3/);
  });
});
