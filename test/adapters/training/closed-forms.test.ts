import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyMap, procrustes, ridge } from '../../../ts/adapters/training/closed-forms.js';
import type { Rows } from '../../reference/linear-algebra.js';
import { polarFactor, singularValues } from '../../reference/singular-values.js';
import { runs, seed } from '../../support/arbitraries.js';
import { expectClose } from '../../support/close.js';
import { readGolden } from '../../support/golden.js';
import { normalRows, seededRandom } from '../../support/random.js';

const toMatrix = (rows: Rows) => ({ data: Float32Array.from(rows.flat()), rows: rows.length, cols: rows[0].length });
const width = fc.integer({ min: 1, max: 9 });

/** Aᵀ B. */
const cross = (a: Rows, b: Rows): number[][] =>
  a[0].map((_, i) => b[0].map((__, j) => a.reduce((sum, row, at) => sum + row[i] * b[at][j], 0)));

describe("SciPy's", () => {
  it.each(readGolden('closed-forms').cases.map((golden, i) => [i, golden] as const))('case %i', (_, golden) => {
    const pairs = { x: toMatrix(golden.X), y: toMatrix(golden.Y) };
    expectClose(procrustes(pairs), golden.procrustes.flat(), { absolute: 1e-5 }, 'procrustes');
    expectClose(ridge(pairs, golden.strength), golden.ridge.flat(), { absolute: 1e-5, relative: 1e-5 }, 'ridge');
  });
});

describe('Procrustes', () => {
  it('is the polar factor of YᵀX', () => {
    fc.assert(
      fc.property(width, seed, (d, from) => {
        const random = seededRandom(from);
        const x = normalRows(random, 40, d);
        const noise = normalRows(random, 40, d, 0.3);
        const y = x.map((row, i) => row.map((value, k) => value + noise[i][k]));
        const wanted = polarFactor(cross(y, x));
        expectClose(procrustes({ x: toMatrix(x), y: toMatrix(y) }), wanted.flat(), { absolute: 1e-5 });
      }),
      runs,
    );
  });

  it('between two sizes has orthonormal rows or columns, and is the polar factor too', () => {
    fc.assert(
      fc.property(width, width, seed, (from, to, at) => {
        const random = seededRandom(at);
        const x = normalRows(random, 40, from);
        const map = normalRows(random, to, from);
        const noise = normalRows(random, 40, to, 0.3);
        const y = x.map((row, i) =>
          map.map((weights, k) => weights.reduce((sum, weight, j) => sum + weight * row[j], noise[i][k])),
        );
        const factor = cross(y, x);
        // A map that nearly loses a direction leaves the factor to rounding.
        const { sigma } = singularValues(factor);
        fc.pre(sigma[Math.min(from, to) - 1] > 0.05 * sigma[0]);
        const found = procrustes({ x: toMatrix(x), y: toMatrix(y) });
        expect([found.rows, found.cols]).toEqual([to, from]);
        expectClose(found, polarFactor(factor).flat(), { absolute: 1e-4 });
      }),
      runs,
    );
  });

  it('is the identity of pairs that cancel out', () => {
    fc.assert(
      fc.property(width, width, seed, (from, to, at) => {
        const random = seededRandom(at);
        const [x, y] = [normalRows(random, 1, from)[0], normalRows(random, 1, to)[0]];
        const back = y.map((value) => -value);
        const map = procrustes({ x: toMatrix([x, x]), y: toMatrix([y, back]) });
        const wanted = Array.from({ length: to }, (_, i) => x.map((__, k) => (i === k ? 1 : 0)));
        expectClose(map, wanted.flat(), { absolute: 0 });
      }),
      runs,
    );
  });

  it('leaves directions alone that no pair says anything of', () => {
    const pairs = { x: toMatrix([[1, 0, 0, 0]]), y: toMatrix([[0, 1, 0, 0]]) };
    const map = procrustes(pairs);
    expectClose(applyMap(map, toMatrix([[1, 0, 0, 0]])), [0, 1, 0, 0], { absolute: 1e-3 });
    expectClose(applyMap(map, toMatrix([[0, 0, 1, 0]])), [0, 0, 1, 0], { absolute: 1e-3 });
  });
});

describe('ridge', () => {
  it('has a gradient of 0', () => {
    fc.assert(
      fc.property(width, width, fc.constantFrom(0.1, 1, 10), seed, (d, to, strength, from) => {
        const random = seededRandom(from);
        const [x, y] = [normalRows(random, 20, d), normalRows(random, 20, to)];
        const { data } = ridge({ x: toMatrix(x), y: toMatrix(y) }, strength);
        const residuals = x.map((row, at) =>
          y[at].map((value, i) => row.reduce((sum, other, k) => sum + data[i * d + k] * other, 0) - value),
        );
        const gradient = cross(residuals, x).map((row, i) => row.map((value, k) => value + strength * data[i * d + k]));
        expectClose(gradient.flat(), new Array(to * d).fill(0), { absolute: 1e-4 });
      }),
      runs,
    );
  });

  it('tends to 0 as its strength grows', () => {
    const rows = normalRows(seededRandom(1), 10, 3);
    const { data } = ridge({ x: toMatrix(rows), y: toMatrix(rows) }, 1e6);
    expect(Math.max(...data.map(Math.abs))).toBeLessThan(1e-4);
  });
});
