import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError, matrix, OptionsError, type PointMetric, ShapeError, wasserstein1 } from '../../ts/entries/node.js';
import { norm, type Rows, subtract, sum } from '../reference/linear-algebra.js';
import { cheapestAssignment } from '../reference/transport.js';
import { runs, seed, size } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { readGolden } from '../support/golden.js';
import { normalRows, seededRandom } from '../support/random.js';

const metrics: readonly PointMetric[] = ['euclidean', 'manhattan'];

const distances: Readonly<Record<PointMetric, (x: readonly number[], y: readonly number[]) => number>> = {
  euclidean: (x, y) => norm(subtract(x, y)),
  manhattan: (x, y) => sum(subtract(x, y).map(Math.abs)),
};

const samples = fc.record({ n: size, m: size, l: size, d: fc.integer({ min: 1, max: 4 }), seed }).map((drawn) => {
  const random = seededRandom(drawn.seed);
  const weights = (count: number) => Array.from({ length: count }, () => random.below(3) + random.uniform());
  const [a, b, c] = [drawn.n, drawn.m, drawn.l].map((count) => normalRows(random, count, drawn.d));
  return { a, b, c, weightsA: weights(drawn.n), weightsB: weights(drawn.m), weightsC: weights(drawn.l) };
});

/** The best assignment by trying all. */
function bruteForce(costs: Rows): number {
  const best = (row: number, used: number): number =>
    row === costs.length
      ? 0
      : Math.min(
          ...costs[row].map((cost, column) =>
            (used >> column) & 1 ? Number.POSITIVE_INFINITY : cost + best(row + 1, used | (1 << column)),
          ),
        );
  return best(0, 0) / costs.length;
}

describe('wasserstein1', () => {
  it.each(readGolden('transport').cases.filter((each) => each.what === 'exact'))(
    'is that of POT: %#',
    ({ a, b, weightsA, weightsB, metric, value }) => {
      const weights = weightsA === null || weightsB === null ? {} : { weightsA, weightsB };
      const found = wasserstein1(a, b, { metric, ...weights });
      expectClose(found.value, value, { absolute: 1e-6 });
      expectClose(found.lowerBound, found.value, { absolute: 1e-12, relative: 1e-9 });
    },
  );

  it('is the best of all assignments between samples of one size', () => {
    const shape = fc.record({ n: fc.integer({ min: 1, max: 7 }), d: fc.integer({ min: 1, max: 3 }), seed });
    const property = fc.property(shape, fc.constantFrom(...metrics), ({ n, d, seed }, metric) => {
      const random = seededRandom(seed);
      const [a, b] = [normalRows(random, n, d), normalRows(random, n, d)];
      const costs = a.map((x) => b.map((y) => distances[metric](x, y)));
      expectClose(wasserstein1(a, b, { metric }).value, bruteForce(costs), { absolute: 1e-12 });
    });
    fc.assert(property, runs);
  });

  it('is the assignment that the reference finds, for a hundred points', () => {
    const random = seededRandom(5);
    const [a, b] = [normalRows(random, 100, 3), normalRows(random, 100, 3)];
    const costs = a.map((x) => b.map((y) => distances.euclidean(x, y)));
    const right = sum(cheapestAssignment(costs).map((column, row) => costs[row][column])) / 100;
    expectClose(wasserstein1(a, b).value, right, { relative: 1e-12 });
  });

  it('is proved by a 1-Lipschitz potential, whatever the weights', () => {
    const property = fc.property(samples, fc.constantFrom(...metrics), ({ a, b, weightsA, weightsB }, metric) => {
      const found = wasserstein1(a, b, { metric, weightsA, weightsB });
      const mean = (weights: readonly number[], values: ArrayLike<number>) =>
        sum(weights.map((weight, i) => weight * values[i])) / sum(weights);
      const lower = mean(weightsA, found.potentialA) - mean(weightsB, found.potentialB);
      expectClose(lower, found.value, { absolute: 1e-11 });
      expectClose(found.lowerBound, lower, { absolute: 1e-12 });
      const points = [...a, ...b];
      const potential = [...found.potentialA, ...found.potentialB];
      points.forEach((x, i) => {
        points.forEach((y, j) => {
          expect(potential[i] - potential[j]).toBeLessThanOrEqual(distances[metric](x, y) + 1e-12);
        });
      });
    });
    fc.assert(property, runs);
  });

  it('is a metric: symmetric, 0 for equal samples, and no way round is shorter', () => {
    const property = fc.property(samples, ({ a, b, c, weightsA, weightsB, weightsC }) => {
      const ab = wasserstein1(a, b, { weightsA, weightsB }).value;
      const bc = wasserstein1(b, c, { weightsA: weightsB, weightsB: weightsC }).value;
      const ac = wasserstein1(a, c, { weightsA, weightsB: weightsC }).value;
      expectClose(wasserstein1(b, a, { weightsA: weightsB, weightsB: weightsA }).value, ab, { absolute: 1e-11 });
      expect(ac).toBeLessThanOrEqual(ab + bc + 1e-11);
      expectClose(wasserstein1(a, [...a].reverse()).value, 0, { absolute: 1e-12 });
    });
    fc.assert(property, runs);
  });

  it('is the area between distribution functions on the line, and the same beside a constant column', () => {
    const shape = fc.record({ n: size, m: size, seed });
    const property = fc.property(shape, ({ n, m, seed }) => {
      const random = seededRandom(seed);
      const [a, b] = [n, m].map((count) => normalRows(random, count, 1).flat());
      const steps = [...a, ...b].sort((x, y) => x - y);
      const below = (values: readonly number[], at: number) => values.filter((x) => x <= at).length / values.length;
      const area = sum(
        steps.slice(1).map((x, k) => Math.abs(below(a, steps[k]) - below(b, steps[k])) * (x - steps[k])),
      );
      expectClose(wasserstein1(a, b).value, area, { absolute: 1e-12 });
      const flat = (values: readonly number[]) => values.map((x) => [x, 0.5]);
      expectClose(wasserstein1(flat(a), flat(b)).value, area, { absolute: 1e-12 });
      const typed = (values: readonly number[]) => flat(values).map((row) => Float32Array.from(row));
      expect(wasserstein1(typed(a), typed(b)).value).toBe(wasserstein1(flat(a), flat(b)).value);
    });
    fc.assert(property, runs);
  });

  it('of a translated cloud is the length of the translation', () => {
    const random = seededRandom(3);
    const cloud = Array.from({ length: 300 }, () => [random.below(4000), random.below(4000)]);
    const moved = cloud.map(([x, y]) => [x + 30, y - 40]);
    const { value, lowerBound } = wasserstein1(cloud, moved);
    expectClose([value, lowerBound], [50, 50], { relative: 1e-11 });
  });

  it('K3: far from the origin loses nothing', () => {
    const a = [
      [700001, 5],
      [0, 1000.25],
    ];
    const b = [
      [0, 1000],
      [700098, 5],
    ];
    expectClose(wasserstein1(a, b).value, (97 + 0.25) / 2, { relative: 1e-12 });
  });

  it('of 2,000 points against 2,000 is found and proved', () => {
    const random = seededRandom(9);
    const [a, b] = [normalRows(random, 2000, 2), normalRows(random, 2000, 2)];
    const { value, lowerBound } = wasserstein1(a, b);
    expectClose(lowerBound, value, { relative: 1e-9 });
    expect(value).toBeGreaterThan(0.05);
  }, 60_000);
});

describe('T4: what is a sample, and what weights are', () => {
  it('A: numbers are points unless they are given as weights', () => {
    const [p, q] = [
      [0.4, 0.4, 0.1, 0.1],
      [0.1, 0.1, 0.4, 0.4],
    ];
    const positions = [0, 1, 2, 3];
    expectClose(wasserstein1(p, q).value, 0, { absolute: 1e-6 });
    expectClose(wasserstein1(positions, positions, { weightsA: p, weightsB: q }).value, 1.2, { absolute: 1e-6 });
  });

  it('B: a column is five points, a row is one, and weights have another answer', () => {
    const [a, b] = [
      [3, 1, 4, 1, 5],
      [9, 2, 6, 5, 3],
    ];
    const column = (values: readonly number[]) => values.map((x) => [x]);
    for (const [x, y] of [
      [a, b],
      [column(a), column(b)],
    ] as const) {
      expectClose(wasserstein1(x, y).value, 2.2, { absolute: 1e-6 });
    }
    expectClose(wasserstein1(Float64Array.from(a), Float32Array.from(b)).value, 2.2, { absolute: 1e-6 });
    expectClose(wasserstein1(matrix(Float32Array.from(a), 5, 1), column(b)).value, 2.2, { absolute: 1e-6 });
    expectClose(wasserstein1([a], [b]).value, 7.810249675906654, { absolute: 1e-6 });
    const positions = [0, 1, 2, 3, 4];
    const weighted = wasserstein1(positions, positions, { weightsA: a, weightsB: b });
    expectClose(weighted.value, 0.6457142857142857, { absolute: 1e-6 });
  });

  it('C: samples of different sizes, weighted or not', () => {
    const U = [
      [0, 0],
      [3, 4],
      [6, 8],
    ];
    const V = [
      [0, 4],
      [6, 0],
    ];
    expectClose(wasserstein1(U, V).value, 5.333333333333333, { absolute: 1e-6 });
    const weights = { weightsA: [0.5, 0.25, 0.25], weightsB: [0.4, 0.6] };
    expectClose(wasserstein1(U, V, weights).value, 5.45, { absolute: 1e-6 });
    expectClose(wasserstein1(V, U, { weightsA: [0.4, 0.6], weightsB: [0.5, 0.25, 0.25] }).value, 5.45, {
      absolute: 1e-6,
    });
  });

  it('D: weights whose sum is off by rounding are renormalised', () => {
    const ten = Array.from({ length: 10 }, (_, i) => [i, 0]);
    const moved = ten.map(([x]) => [x, 2]);
    const tenths = new Float32Array(10).fill(0.1);
    expectClose(wasserstein1(ten, moved, { weightsA: tenths, weightsB: tenths }).value, 2, { absolute: 1e-6 });
    expectClose(wasserstein1(ten, moved, { weightsA: tenths }).value, 2, { absolute: 1e-6 });
  });

  it('E: what cannot be meant is refused by name, and unequal sums are renormalised', () => {
    const four = [0, 1, 2, 3];
    const refused = (options: Parameters<typeof wasserstein1>[2], error: unknown, says: RegExp) => {
      expect(() => wasserstein1(four, four, options)).toThrow(error as typeof Error);
      expect(() => wasserstein1(four, four, options)).toThrow(says);
    };
    refused({ weightsA: [1, 1, 1] }, ShapeError, /^a: one weight a point expected, 3 weights for 4 points/);
    refused({ weightsB: [] }, ShapeError, /^b: .* 0 weights for 4 points/);
    refused({ weightsB: [1, -1, 1, 1] }, DataError, /^b: .* weight 1 is negative/);
    refused({ weightsA: [0, 0, 0, 0] }, DataError, /^a: weights must not all be zero/);
    refused({ weightsA: [1, Number.NaN, 1, 1] }, DataError, /^a: .* weight 1 is NaN/);
    refused({ weightsA: [1, Number.POSITIVE_INFINITY, 1, 1] }, DataError, /^a: .* weight 1 is infinite/);
    const short = { weightsA: [0.3, 0.3, 0.3, 0], weightsB: [0, 0, 0, 1] };
    expectClose(wasserstein1(four, four, short).value, 2, { absolute: 1e-12 });
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 1e300]) {
      expect(() => wasserstein1([[0, 1]], [[bad, 0]])).toThrow(DataError);
      expect(() => wasserstein1([0, bad], four)).toThrow(/^a must hold finite numbers, row 1 /);
    }
    expect(() => wasserstein1([], four)).toThrow(ShapeError);
    expect(() => wasserstein1([[1, 2]], four)).toThrow('a has points of 2 numbers, b of 1');
    expect(() => wasserstein1([[1, 2], [1]], [[1, 2]])).toThrow(ShapeError);
    expect(() => wasserstein1(four, four, { metric: 'cosine' as PointMetric })).toThrow(OptionsError);
    expect(() => wasserstein1(['x'] as unknown as number[], four)).toThrow(DataError);
    const many = matrix(new Float32Array(20_000), 10_000, 2);
    expect(() => wasserstein1(many, many)).toThrow(/at most 67108864 pairs of points/);
  });
});
