import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Drawings } from '../../ts/data/drawings.js';
import type { Split } from '../../ts/data/pair-source.js';
import { collectPairs } from '../../ts/data/pairs.js';
import { digitGrid, spatialGrid } from '../../ts/data/spatial-grid.js';
import { DataError, OptionsError, ShapeError } from '../../ts/wasm/errors.js';
import { readBatches } from './read-batches.js';

const splits: readonly Split[] = ['train', 'validation', 'test'];

/**
 * Drawings whose every pixel says which drawing it is of (whole part) and where it stands in it (fraction). Class c has
 * 5 + c of them.
 */
function placedDrawings(classes: number, size: number): Drawings {
  const counts = Array.from({ length: classes }, (_, c) => 5 + c);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const area = size * size;
  const pixels = Float32Array.from({ length: total * area }, (_, i) => Math.floor(i / area) + (i % area) / 1024);
  let next = 0;
  return { size, pixels, classes: counts.map((count) => Uint32Array.from({ length: count }, () => next++)) };
}

/** Which drawing each cell of a grid shows, after checking that it shows it whole. */
function drawingsIn(grid: Float32Array, k: number, size: number): number[] {
  return Array.from({ length: k * k }, (_, cell) => {
    const at = (row: number, col: number) =>
      grid[(Math.floor(cell / k) * size + row) * k * size + (cell % k) * size + col];
    for (let i = 0; i < size * size; i++) {
      expect(at(Math.floor(i / size), i % size)).toBe(Math.floor(at(0, 0)) + i / 1024);
    }
    return at(0, 0);
  });
}

function classOf({ classes }: Drawings, drawing: number): number {
  return classes.findIndex((members) => members.includes(drawing));
}

describe('digitGrid', () => {
  it('shows in every cell of x the class of its label, in y the successor', async () => {
    const shape = fc.record({
      k: fc.integer({ min: 1, max: 4 }),
      size: fc.integer({ min: 1, max: 5 }),
      classes: fc.integer({ min: 1, max: 10 }),
    });
    await fc.assert(
      fc.asyncProperty(
        shape,
        fc.constantFrom(...splits),
        fc.maxSafeNat(),
        async ({ k, size, classes }, split, seed) => {
          const drawings = placedDrawings(classes, size);
          const source = digitGrid({ k, drawings, split });
          const dim = (k * size) ** 2;
          expect([source.xDim, source.yDim]).toEqual([dim, dim]);
          const [{ x, y, labels }] = await readBatches(source, 1, { batch: 3, seed });
          for (let i = 0; i < 3; i++) {
            const own = Array.from(labels ?? []).slice(i * k * k, (i + 1) * k * k);
            const shown = drawingsIn(x.subarray(i * dim, (i + 1) * dim), k, size);
            const answer = drawingsIn(y.subarray(i * dim, (i + 1) * dim), k, size);
            expect(shown.map((drawing) => classOf(drawings, drawing))).toEqual(own);
            expect(answer.map((drawing) => classOf(drawings, drawing))).toEqual(
              own.map((label) => (label + 1) % classes),
            );
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('shares k^2 ln 10 nats', () => {
    const drawings = placedDrawings(10, 2);
    const nats = [1, 2, 3].map((k) => digitGrid({ k, drawings, split: 'train' }).mutualInformation);
    expect(nats[0]).toBeCloseTo(Math.LN10, 12);
    expect(nats[1]).toBeCloseTo(9.21, 2);
    expect(nats[2]).toBeCloseTo(20.72, 2);
  });

  it('draws labels uniformly though classes are uneven, and independently in each cell', async () => {
    const { labels = new Uint8Array() } = await collectPairs(
      digitGrid({ k: 2, drawings: placedDrawings(10, 1), split: 'train' }),
      5000,
      1,
    );
    const counts = new Float64Array(10);
    for (const label of labels) counts[label] += 1;
    // 20,000 draws: each count has mean 2,000 and deviation 42.
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(5 * 42.5);
    let equal = 0;
    for (let i = 0; i < labels.length; i += 4) equal += labels[i] === labels[i + 1] ? 1 : 0;
    // 5,000 pairs of cells: mean 500, deviation 21.
    expect(Math.abs(equal - 500)).toBeLessThan(5 * 21.3);
  });

  it('uses every drawing of its part and none of another', async () => {
    const drawings = placedDrawings(10, 1);
    const seen = await Promise.all(
      splits.map(async (split) => {
        const { x, y } = await collectPairs(digitGrid({ k: 3, drawings, split }), 500, 4);
        return new Set([...x.data, ...y.data]);
      }),
    );
    expect(seen.reduce((sum, part) => sum + part.size, 0)).toBe(drawings.pixels.length);
    expect(new Set(seen.flatMap((part) => [...part])).size).toBe(drawings.pixels.length);
    // Of 5 to 14 drawings a class: three fifths, a fifth, a fifth.
    expect(seen.map((part) => part.size)).toEqual([53, 19, 23]);
  });

  it('gives different streams to different seeds and parts, and the same to the same', async () => {
    const drawings = placedDrawings(10, 1);
    const labelsOf = async (split: Split, seed: number) =>
      (await readBatches(digitGrid({ k: 3, drawings, split }), 1, { batch: 8, seed }))[0].labels?.join();
    const streams = await Promise.all([labelsOf('train', 1), labelsOf('train', 2), labelsOf('test', 1)]);
    expect(new Set(streams).size).toBe(3);
    expect(await labelsOf('train', 1)).toBe(streams[0]);
  });

  it('A2: resumes exactly after any batch', async () => {
    const source = digitGrid({ k: 2, drawings: placedDrawings(10, 2), split: 'train' });
    const whole = await readBatches(source, 8, { batch: 5, seed: 3 });
    for (let stop = 0; stop < 7; stop++) {
      const from = JSON.parse(JSON.stringify(whole[stop].cursor));
      expect(await readBatches(source, 7 - stop, { batch: 5, seed: 3, from })).toEqual(whole.slice(stop + 1));
    }
  });

  it('reuses its arrays, so that drawing allocates no batch', () => {
    const source = digitGrid({ k: 2, drawings: placedDrawings(10, 2), split: 'train' });
    const arrays = new Set<unknown>();
    let batches = 0;
    for (const { x, y, labels } of source.batches({ batch: 4, seed: 0 })) {
      for (const array of [x, y, labels]) arrays.add(array);
      batches += 1;
      if (batches === 10) break;
    }
    expect(arrays.size).toBe(3);
  });

  it('refuses a grid without cells, and a class without drawings in the part', () => {
    const drawings = placedDrawings(10, 1);
    for (const k of [0, -1, 1.5, Number.NaN])
      expect(() => digitGrid({ k, drawings, split: 'train' })).toThrow(OptionsError);
    const few = { ...drawings, classes: [Uint32Array.of(0), Uint32Array.of(1, 2, 3)] };
    expect(() => digitGrid({ k: 1, drawings: few, split: 'train' })).toThrow(DataError);
    expect(() => digitGrid({ k: 1, drawings: few, split: 'train' })).toThrow(/class 0 has 1 drawings/);
  });
});

describe('spatialGrid', () => {
  const cellsOf = (counts: readonly number[], size = 2) => counts.map((classes) => placedDrawings(classes, size));

  it('has classes of its own in every cell, and the sum of their logarithms in nats', async () => {
    const classes = [7, 5, 3, 2];
    const source = spatialGrid({ cells: cellsOf(classes), split: 'train' });
    expect(source.labelSizes).toEqual(classes);
    expect(source.mutualInformation).toBeCloseTo(Math.log(7 * 5 * 3 * 2), 12);
    const { x, y, labels = new Uint8Array() } = await collectPairs(source, 200, 1);
    for (let i = 0; i < 200; i++) {
      const shown = (rows: Float32Array) => drawingsIn(rows.subarray(i * 16, (i + 1) * 16), 2, 2);
      classes.forEach((count, cell) => {
        const drawings = placedDrawings(count, 2);
        const label = labels[i * 4 + cell];
        expect(classOf(drawings, shown(x.data)[cell])).toBe(label);
        expect(classOf(drawings, shown(y.data)[cell])).toBe((label + 1) % count);
      });
    }
  });

  it('stacks the same drawings as channels: pixel by pixel what the grid shows cell by cell', async () => {
    const cells = cellsOf([4, 3, 6, 2], 3);
    const [grid, stack] = await Promise.all(
      (['grid', 'stack'] as const).map((layout) => collectPairs(spatialGrid({ cells, split: 'test', layout }), 20, 8)),
    );
    expect(stack.labels).toEqual(grid.labels);
    for (let i = 0; i < 20; i++) {
      const drawings = drawingsIn(grid.x.data.subarray(i * 36, (i + 1) * 36), 2, 3);
      for (let pixel = 0; pixel < 9; pixel++) {
        const channels = [...stack.x.data.subarray(i * 36 + pixel * 4, i * 36 + pixel * 4 + 4)];
        expect(channels).toEqual(drawings.map((drawing) => drawing + pixel / 1024));
      }
    }
  });

  it('stacks any number of drawings, but arranges only squares of them', () => {
    expect(spatialGrid({ cells: cellsOf([2, 3]), split: 'train', layout: 'stack' }).xDim).toBe(8);
    expect(() => spatialGrid({ cells: cellsOf([2, 3]), split: 'train' })).toThrow(OptionsError);
    expect(() => spatialGrid({ cells: [], split: 'train', layout: 'stack' })).toThrow(OptionsError);
  });

  it('refuses drawings of different sizes', () => {
    const cells = [...cellsOf([2, 2, 2], 3), ...cellsOf([2], 4)];
    expect(() => spatialGrid({ cells, split: 'train' })).toThrow(ShapeError);
    expect(() => spatialGrid({ cells, split: 'train' })).toThrow(/3 and 4/);
  });
});
