import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DataError,
  matrix,
  type NeighbourMetric,
  nearestNeighbours,
  OptionsError,
  ShapeError,
} from '../../ts/entries/node.js';
import type { Rows } from '../reference/linear-algebra.js';
import { runs, seed, size } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { normalRows, seededRandom } from '../support/random.js';

const metrics: readonly NeighbourMetric[] = ['inner-product', 'cosine', 'euclidean'];

const dot = (x: readonly number[], y: readonly number[]): number => x.reduce((sum, value, k) => sum + value * y[k], 0);

/** The value of a metric in float64. */
function measure(metric: NeighbourMetric, x: readonly number[], y: readonly number[]): number {
  if (metric === 'euclidean') return Math.hypot(...x.map((value, k) => value - y[k]));
  return metric === 'cosine' ? dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y)) : dot(x, y);
}

/** All values of one query, the nearest first. */
function sorted(metric: NeighbourMetric, query: readonly number[], references: Rows): number[] {
  const values = references.map((reference) => measure(metric, query, reference));
  return values.sort((a, b) => (metric === 'euclidean' ? a - b : b - a));
}

describe.each(metrics)('nearest neighbours by %s', (metric) => {
  it('are the first of a full sort', () => {
    const shape = fc.record({
      n: size,
      m: fc.integer({ min: 1, max: 90 }),
      d: size,
      k: fc.integer({ min: 1, max: 90 }),
      seed,
    });
    const property = fc.property(shape, ({ n, m, d, k: most, seed }) => {
      const random = seededRandom(seed);
      const [queries, references, k] = [normalRows(random, n, d), normalRows(random, m, d), Math.min(most, m)];
      const { indices, values } = nearestNeighbours(queries, references, { k, metric });
      queries.forEach((query, i) => {
        const right = sorted(metric, query, references).slice(0, k);
        const found = [...indices.subarray(i * k, (i + 1) * k)];
        expect(new Set(found).size).toBe(k);
        expectClose([...values.subarray(i * k, (i + 1) * k)], right, { absolute: 1e-5 });
        // float32 may not tell two near references apart, but never takes a farther one.
        expectClose(
          found.map((j) => measure(metric, query, references[j])),
          right,
          { absolute: 1e-5 },
        );
      });
    });
    fc.assert(property, runs);
  });

  it('come in the order of their indices where they are equally near', () => {
    const references = Array.from({ length: 700 }, (_, j) => [j % 3, 1]);
    const { indices } = nearestNeighbours([[2, 1]], references, { k: 700, metric });
    const order = [...indices];
    for (let place = 1; place < 700; place++) {
      const [a, b] = [order[place - 1], order[place]];
      if (a % 3 === b % 3) expect(a).toBeLessThan(b);
    }
  });

  it('do not depend on the other queries', () => {
    const random = seededRandom(8);
    const [queries, references] = [normalRows(random, 70, 5), normalRows(random, 33, 5)];
    const together = nearestNeighbours(queries, references, { k: 4, metric });
    const alone = nearestNeighbours([queries[67]], references, { k: 4, metric });
    expect([...alone.indices]).toEqual([...together.indices.subarray(268, 272)]);
    expect([...alone.values]).toEqual([...together.values.subarray(268, 272)]);
  });
});

describe('nearest neighbours', () => {
  it('K3: distances far from the origin', () => {
    const found = nearestNeighbours(
      [
        [1000, 1000],
        [1000.5, 1000],
      ],
      [
        [1000, 1000.25],
        [1000, 1000],
      ],
      { k: 2 },
    );
    expect([...found.indices]).toEqual([1, 0, 1, 0]);
    expectClose(found.values, [0, 0.25, 0.5, 0.5590169943749475], { absolute: 1e-5 });
    expectClose(nearestNeighbours([[700001]], [[700098]], { k: 1 }).values, [97], { relative: 1e-5 });
    expectClose(nearestNeighbours([[0.625]], [[0.624755859375]], { k: 1 }).values, [0.000244140625], {
      relative: 1e-5,
    });
  });

  it('C1: a zero vector is nobody’s neighbour by cosine', () => {
    const references = [
      [0, 0],
      [0, 3],
      [1, 1],
    ];
    const found = nearestNeighbours([[0, 2]], references, { k: 2, metric: 'cosine' });
    expect([...found.indices]).toEqual([1, 2]);
    expectClose(found.values, [1, Math.SQRT1_2], { absolute: 1e-6 });
    const all = nearestNeighbours(
      [
        [0, 2],
        [0, 0],
      ],
      references,
      { k: 3, metric: 'cosine' },
    );
    expect([...all.indices]).toEqual([1, 2, -1, -1, -1, -1]);
    expect([...all.values.subarray(2)]).toEqual([0, 0, 0, 0]);
  });

  it('C4: a vector has cosine 1 with itself at every length, and distance 0', () => {
    for (let d = 1; d <= 256; d++) {
      const x = [Array.from({ length: d }, (_, k) => k + 1)];
      const [cosine] = nearestNeighbours(x, x, { k: 1, metric: 'cosine' }).values;
      expect(cosine).toBeGreaterThanOrEqual(1 - 1e-6);
      expect(cosine).toBeLessThanOrEqual(1);
      expect(nearestNeighbours(x, x, { k: 1 }).values[0]).toBe(0);
    }
  });

  it('C4: squares that leave float32 do no harm', () => {
    const found = nearestNeighbours(
      [
        [3e20, 4e20],
        [1, 0],
      ],
      [
        [3e-25, 4e-25],
        [0, 1e-25],
      ],
      { k: 2, metric: 'cosine' },
    );
    expect([...found.indices]).toEqual([0, 1, 0, 1]);
    expectClose(found.values, [1, 0.8, 0.6, 0], { absolute: 1e-5 });
    expectClose(nearestNeighbours([[3e20, 4e20]], [[0, 0]], { k: 1 }).values, [5e20], { relative: 1e-6 });
    expectClose(nearestNeighbours([[3e-25, 4e-25]], [[0, 0]], { k: 1 }).values, [5e-25], { relative: 1e-6 });
  });

  it('V1: only the query’s own index is excluded, not its equal', () => {
    const five = [[0], [1], [10], [11], [0]];
    const found = nearestNeighbours(five, five, { k: 1, excludeSelf: true });
    expect([...found.indices]).toEqual([4, 0, 3, 2, 0]);
  });
});

describe('nearest neighbours, wrongly asked for', () => {
  it('name what does not fit', () => {
    expect(() => nearestNeighbours([[1, 2]], [[1]], { k: 1 })).toThrow(ShapeError);
    expect(() => nearestNeighbours([[Number.NaN]], [[1]], { k: 1 })).toThrow(
      new DataError('queries must hold finite numbers, row 0 column 0 is NaN'),
    );
    expect(() => nearestNeighbours([[1]], [[1], [Number.NEGATIVE_INFINITY]], { k: 1 })).toThrow(/references .* row 1 /);
  });

  it('refuse a k of 0, of more than there are, and of more than there are but the query', () => {
    const rows = [[1], [2], [3]];
    for (const [k, excludeSelf] of [
      [0, false],
      [1.5, false],
      [4, false],
      [3, true],
      [Number.NaN, false],
      [2 ** 40, false],
    ] as const) {
      expect(() => nearestNeighbours(rows, rows, { k, excludeSelf })).toThrow(OptionsError);
    }
    expect(() => nearestNeighbours(rows, matrix(new Float32Array(0), 0, 1), { k: 1 })).toThrow(/k must be at most 0/);
    expect(() => nearestNeighbours([[1]], rows, { k: 1, excludeSelf: true })).toThrow(/1 queries and 3 references/);
    const metric = 'manhattan' as NeighbourMetric;
    expect(() => nearestNeighbours(rows, rows, { k: 1, metric })).toThrow(
      /inner-product, cosine, euclidean, got manhattan/,
    );
    expect(nearestNeighbours(rows, rows, { k: 3 }).indices).toHaveLength(9);
  });
});
