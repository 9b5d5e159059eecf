import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError, matrix, OptionsError, principalComponents, ShapeError } from '../../ts/entries/node.js';
import type { Rows } from '../reference/linear-algebra.js';
import { runs, seed } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { type SeededRandom, seededRandom } from '../support/random.js';

/** Rows about (5, 5, …) that vary by `deviations` along the axes. */
function axisRows(random: SeededRandom, count: number, deviations: readonly number[]): Rows {
  return Array.from({ length: count }, () =>
    deviations.map((deviation) => Math.fround(5 + deviation * random.normal())),
  );
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

describe('principal components', () => {
  it('are orthonormal, hold what projections show, and together hold all variance', () => {
    const shape = fc.record({ n: fc.integer({ min: 8, max: 90 }), d: fc.integer({ min: 1, max: 8 }), seed });
    const property = fc.property(shape, ({ n, d, seed }) => {
      const rows = axisRows(
        seededRandom(seed),
        n,
        Array.from({ length: d }, (_, k) => 2 / (k + 1)),
      );
      const found = principalComponents(rows, d);
      const { data } = found.components;
      const row = (j: number) => [...data.subarray(j * d, (j + 1) * d)];
      const gram = Array.from({ length: d * d }, (_, at) =>
        row(at % d).reduce((s, x, k) => s + x * row(Math.floor(at / d))[k], 0),
      );
      expectClose(
        gram,
        gram.map((_, at) => (at % (d + 1) === 0 ? 1 : 0)),
        { absolute: 1e-5 },
      );
      const along = found.project(rows);
      const shown = Array.from({ length: d }, (_, k) => variance([...along.data].filter((_, at) => at % d === k)));
      expectClose(shown, found.variances, { relative: 1e-4 });
      expectClose(
        found.variances.reduce((sum, value) => sum + value, 0),
        found.totalVariance,
        { relative: 1e-4 },
      );
      expect(found.converged).toBe(true);
      expect([...found.variances].sort((a, b) => b - a)).toEqual(found.variances);
    });
    fc.assert(property, runs);
  });

  it('find the axes along which rows vary most, each pointing up', () => {
    const rows = axisRows(seededRandom(4), 3000, [0.1, 4, 0.2, 1, 0.1]);
    const { components, variances, mean } = principalComponents(rows, 2);
    expectClose(components.data, [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], { absolute: 0.02 });
    expectClose(variances, [16, 1], { relative: 0.05 });
    expectClose(mean, [5, 5, 5, 5, 5], { absolute: 0.2 });
  });

  it('are the same bits for the same rows and seed', () => {
    const rows = axisRows(seededRandom(4), 50, [3, 2, 1]);
    const [a, b] = [principalComponents(rows, 2, { seed: 7 }), principalComponents(rows, 2, { seed: 7 })];
    expect([...a.components.data]).toEqual([...b.components.data]);
  });

  it('refuse what they cannot do', () => {
    const rows = axisRows(seededRandom(1), 4, [3, 2, 1]);
    for (const count of [0, 4, 1.5, Number.NaN]) expect(() => principalComponents(rows, count)).toThrow(OptionsError);
    expect(() => principalComponents(rows, 4)).toThrow('count must be a whole number from 1 to 3, got 4');
    expect(() => principalComponents(rows, 1, { seed: -1 })).toThrow(OptionsError);
    expect(() => principalComponents(rows, 1, { tolerance: 0 })).toThrow(OptionsError);
    expect(() => principalComponents(rows.with(1, [0, Number.NaN, 0]), 1)).toThrow(DataError);
    const found = principalComponents(rows, 1);
    expect(() => found.project(matrix(new Float32Array(4), 2, 2))).toThrow(ShapeError);
    expect(found.project(rows).rows).toBe(4);
  });
});
