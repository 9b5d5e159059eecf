import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrixNorms } from '../../ts/lipschitz/matrix-norms.js';
import {
  orthonormalise,
  projectBox,
  projectFrobenius,
  projectL1,
  projectLInfinity,
  projectSpectralBall,
  scaleToSpectralNorm,
} from '../../ts/lipschitz/projections.js';
import { DataError, OptionsError, ShapeError } from '../../ts/wasm/errors.js';
import type { Matrix } from '../../ts/wasm/matrix.js';
import { polarFactor, singularValues, spectralBallProjection } from '../reference/singular-values.js';
import { rows } from './rows.js';

const W = [
  [2, 2],
  [0, 2],
];

const balls = [
  ['spectral-ball', projectSpectralBall, (w: Matrix) => matrixNorms(w).spectral.upperBound],
  ['l1', projectL1, (w: Matrix) => matrixNorms(w).l1],
  ['l-infinity', projectLInfinity, (w: Matrix) => matrixNorms(w).lInfinity],
  ['frobenius', projectFrobenius, (w: Matrix) => matrixNorms(w).frobenius],
  ['box', projectBox, (w: Matrix) => matrixNorms(w).largest],
] as const;

function expectEntries({ data }: Matrix, expected: readonly (readonly number[])[], tolerance: number): void {
  expected.flat().forEach((value, at) => {
    expect(Math.abs((data[at] ?? Number.NaN) - value)).toBeLessThanOrEqual(tolerance);
  });
}

function toRows({ data, cols }: Matrix): number[][] {
  return Array.from({ length: data.length / cols }, (_, i) => [...data.subarray(i * cols, (i + 1) * cols)]);
}

describe.each(balls)('the projection on the %s', (_, project, norm) => {
  it('lowers the norm to the radius at most, twice as once but for rounding, and leaves what lies inside bit for bit', () => {
    fc.assert(
      fc.property(rows(9), fc.double({ min: 0.1, max: 5, noNaN: true }), (w, radius) => {
        const projected = project(w, { radius });
        expect(norm(projected)).toBeLessThanOrEqual(radius * (1 + 3e-5));
        expectEntries(project(projected, { radius }), toRows(projected), 2e-6 * radius);
        const inside = project(w, { radius: 1000 });
        expect([...inside.data]).toEqual(w.flat());
      }),
    );
  });

  it('refuses bad matrices and radii', () => {
    expect(() => project([[Number.NaN]])).toThrow(DataError);
    expect(() => project([[1, Number.POSITIVE_INFINITY]])).toThrow('inf at row 0, column 1');
    expect(() => project([])).toThrow(ShapeError);
    expect(() => project(W, { radius: 0 })).toThrow(OptionsError);
    expect(() => project(W, { radius: Number.NaN })).toThrow(OptionsError);
  });
});

describe('projectSpectralBall', () => {
  it('L1: is the orthogonal polar factor where all singular values are clipped, and no scaling', () => {
    const s5 = Math.sqrt(5);
    expectEntries(
      projectSpectralBall(W),
      [
        [2 / s5, 1 / s5],
        [-1 / s5, 2 / s5],
      ],
      1e-5,
    );
    const at2 = [
      [1.4472135954999579, 1.105572809000084],
      [-0.3416407864998737, 1.4472135954999579],
    ];
    expectEntries(projectSpectralBall(W, { radius: 2 }), at2, 1e-5);
    expect([...projectSpectralBall(W, { radius: 4 }).data]).toEqual(W.flat());
  });

  it('is that of an independent decomposition', () => {
    fc.assert(
      fc.property(rows(9), fc.double({ min: 0.5, max: 5, noNaN: true }), (w, radius) => {
        expectEntries(projectSpectralBall(w, { radius }), spectralBallProjection(w, radius), 2e-5);
      }),
    );
  });
});

describe('the l1 balls', () => {
  it('take the same from each magnitude that is left', () => {
    expect([...projectLInfinity([[3, -2, 0.5]], { radius: 2 }).data]).toEqual([1.5, -0.5, 0]);
    expect([...projectL1([[3], [-2], [0.5]], { radius: 2 }).data]).toEqual([1.5, -0.5, 0]);
  });
});

describe('scaleToSpectralNorm', () => {
  it('L1: divides by the largest singular value', () => {
    const golden = 0.6180339887498948;
    const { matrix, converged } = scaleToSpectralNorm(W);
    expect(converged).toBe(true);
    expectEntries(
      matrix,
      [
        [golden, golden],
        [0, golden],
      ],
      1e-5,
    );
  });

  it('refuses a norm that is not above 0', () => {
    for (const norm of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => scaleToSpectralNorm(W, { norm })).toThrow(OptionsError);
    }
  });

  it('says so where its estimate is not to be trusted', () => {
    const slow = [
      [1, 0, 0],
      [0, 0.9999, 0],
      [0, 0, 0.9998],
    ];
    expect(scaleToSpectralNorm(slow, { norm: 0.5, maxIterations: 1, tolerance: 1e-9 }).converged).toBe(false);
  });
});

describe('orthonormalise', () => {
  const methods = [undefined, 'bjorck', 'newton-schulz'] as const;

  it.each(methods)('L8 A to E: from any scale and shape, and not where rank is lost (%s)', (method) => {
    const options = { maxIterations: 200, ...(method && { method }) };
    expectEntries(
      orthonormalise(
        [
          [2, 0],
          [0, 0.1],
        ],
        options,
      ).matrix,
      [
        [1, 0],
        [0, 1],
      ],
      1e-4,
    );
    expectEntries(
      orthonormalise(
        [
          [1.8, -2.4],
          [2.4, 1.8],
        ],
        options,
      ).matrix,
      [
        [0.6, -0.8],
        [0.8, 0.6],
      ],
      1e-4,
    );
    const polar = [
      [-0.514495755427527, 0.857492925712544],
      [0.857492925712544, 0.514495755427527],
    ];
    expectEntries(
      orthonormalise(
        [
          [1, 2],
          [3, 4],
        ],
        options,
      ).matrix,
      polar,
      1e-4,
    );
    expectEntries(orthonormalise([[3, 4, 0]], options).matrix, [[0.6, 0.8, 0]], 1e-4);
    const lost = orthonormalise(
      [
        [1, 1],
        [1, 1],
      ],
      options,
    );
    expect(lost.converged).toBe(false);
    expect(lost.residual).toBeGreaterThan(0.9);
  });

  it('is the polar factor of an independent decomposition', () => {
    fc.assert(
      fc.property(rows(7), (w) => {
        const { sigma } = singularValues(w);
        fc.pre((sigma.at(-1) ?? 0) > 0.05);
        const { matrix, converged } = orthonormalise(w);
        expect(converged).toBe(true);
        expectEntries(matrix, polarFactor(w), 1e-3);
      }),
    );
  });
});
