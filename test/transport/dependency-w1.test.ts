import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError, dependencyW1, OptionsError, type PairMetric, ShapeError, wdmAll } from '../../ts/entries/node.js';
import { norm, subtract } from '../reference/linear-algebra.js';
import { w1JointProduct } from '../reference/transport.js';
import { runs, seed } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { readGolden } from '../support/golden.js';
import { normalRows, seededRandom } from '../support/random.js';

const metrics: readonly PairMetric[] = ['sum', 'l2'];

const pairs = (most: number) =>
  fc.record({ n: fc.integer({ min: 1, max: most }), d: fc.integer({ min: 1, max: 3 }), seed }).map((drawn) => {
    const random = seededRandom(drawn.seed);
    const x = normalRows(random, drawn.n, drawn.d);
    return { x, y: x.map(([first]) => [Math.fround(first + 0.3 * random.normal()), Math.fround(random.normal())]) };
  });

describe('dependencyW1', () => {
  it.each(readGolden('transport').cases.filter((each) => each.what === 'dependency'))(
    'is that of POT: %#',
    ({ x, y, metric, value }) => {
      const found = dependencyW1(x, y, { metric });
      expectClose(found.value, value, { absolute: 1e-6 });
      expectClose(found.lowerBound, found.value, { absolute: 1e-12, relative: 1e-9 });
    },
  );

  it('is the naive transport of all mass', () => {
    const property = fc.property(pairs(5), ({ x, y }) => {
      expectClose(dependencyW1(x, y).value, w1JointProduct(x, y, 'sum'), { absolute: 1e-12 });
      const l2 = dependencyW1(x, y, { metric: 'l2' }).value;
      expectClose(l2, w1JointProduct(x, y, 'euclidean'), { absolute: 1e-12 });
    });
    fc.assert(property, runs);
  });

  it('is WDM over all pairs of its scores, which are 1-Lipschitz', () => {
    const property = fc.property(pairs(9), fc.constantFrom(...metrics), ({ x, y }, metric) => {
      const [n, { value, scores }] = [x.length, dependencyW1(x, y, { metric })];
      const diagonal = x.reduce((sum, _, i) => sum + scores[i * n + i], 0) / n;
      const all = scores.reduce((sum, score) => sum + score, 0) / n ** 2;
      expectClose(diagonal - all, value, { absolute: 1e-12 });
      scores.forEach((high, p) => {
        scores.forEach((low, q) => {
          const dx = norm(subtract(x[Math.floor(p / n)], x[Math.floor(q / n)]));
          const dy = norm(subtract(y[p % n], y[q % n]));
          expect(high - low).toBeLessThanOrEqual((metric === 'sum' ? dx + dy : Math.hypot(dx, dy)) + 1e-12);
        });
      });
    });
    fc.assert(property, runs);
  });

  it('of x = y uniform on n points at mutual distance 1 is 1 - 1/n in the sum metric', () => {
    for (const n of [1, 2, 3, 10, 40]) {
      const corners = Array.from({ length: n }, (_, i) =>
        Array.from({ length: n }, (_, k) => (i === k ? Math.SQRT1_2 : 0)),
      );
      expectClose(dependencyW1(corners, corners).value, 1 - 1 / n, { absolute: 1e-7 });
    }
  });

  it('is symmetric, scales with the data, and in l2 lies between the sum metric and its √½', () => {
    const property = fc.property(pairs(12), ({ x, y }) => {
      const sum = dependencyW1(x, y).value;
      const l2 = dependencyW1(x, y, { metric: 'l2' }).value;
      expectClose(dependencyW1(y, x).value, sum, { absolute: 1e-12 });
      const double = (rows: readonly (readonly number[])[]) => rows.map((row) => row.map((value) => 2 * value));
      expectClose(dependencyW1(double(x), double(y)).value, 2 * sum, { absolute: 1e-11 });
      expect(l2).toBeLessThanOrEqual(sum + 1e-12);
      expect(l2).toBeGreaterThanOrEqual(Math.SQRT1_2 * sum - 1e-12);
    });
    fc.assert(property, runs);
  });

  it('is 0 where every combination is a pair', () => {
    for (const metric of metrics) expect(dependencyW1([0, 0, 3, 3], [1, 5, 1, 5], { metric }).value).toBe(0);
  });

  it('L9: is ½ for two equal points, which the distance critic over its constant meets in the sum metric', () => {
    const { value } = dependencyW1([0, 1], [0, 1]);
    expectClose(value, 0.5, { absolute: 1e-12 });
    const scaled = [[0], [10]];
    const wdm = wdmAll(scaled, scaled, { critic: 'distance' }).value;
    expectClose(wdm / 10, value, { absolute: 1e-6 });
    expectClose(wdm / Math.hypot(10, 10), 0.35355339059327373, { absolute: 1e-6 });
  });

  it('refuses other numbers of rows, too many, and what is no number or metric', () => {
    expect(() => dependencyW1([1, 2], [1, 2, 3])).toThrow(ShapeError);
    expect(() => dependencyW1([], [])).toThrow(ShapeError);
    const many = new Float32Array(257);
    expect(() => dependencyW1(many, many)).toThrow(/at most 256/);
    expect(() => dependencyW1([1, 2], [1, Number.NaN])).toThrow(/^y must hold finite numbers, row 1 /);
    expect(() => dependencyW1([1, Number.NaN], [1, 2])).toThrow(DataError);
    expect(() => dependencyW1([1], [1], { metric: 'euclidean' as PairMetric })).toThrow(OptionsError);
    expect(() => dependencyW1([1], [1], { metric: 'euclidean' as PairMetric })).toThrow('metric must be sum or l2');
  });
});
