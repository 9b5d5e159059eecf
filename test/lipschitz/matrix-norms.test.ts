import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrixNorms } from '../../ts/lipschitz/matrix-norms.js';
import { DataError, OptionsError, ShapeError } from '../../ts/wasm/errors.js';
import { spectralNorm } from '../reference/singular-values.js';
import { rows } from './rows.js';

describe('matrixNorms', () => {
  it('gives all five', () => {
    const norms = matrixNorms([
      [2, 2],
      [0, 2],
    ]);
    expect(norms.l1).toBe(4);
    expect(norms.lInfinity).toBe(4);
    expect(norms.frobenius).toBeCloseTo(Math.sqrt(12), 12);
    expect(norms.largest).toBe(2);
    expect(norms.spectral.converged).toBe(true);
    expect(norms.spectral.estimate).toBeCloseTo(1 + Math.sqrt(5), 5);
  });

  it('encloses the spectral norm', () => {
    fc.assert(
      fc.property(rows(12), (w) => {
        const { spectral } = matrixNorms(w, { maxIterations: 10_000 });
        const right = spectralNorm(w);
        expect(spectral.upperBound).toBeGreaterThanOrEqual(right * (1 - 1e-12));
        expect(spectral.upperBound).toBeLessThanOrEqual(right * (1 + 2e-5));
        expect(spectral.estimate).toBeLessThanOrEqual(right * (1 + 1e-6));
      }),
    );
  });

  it('L3 B: says that an estimate has not converged, and is not below the norm with its bound', () => {
    const slow = Array.from({ length: 64 }, (_, i) =>
      Array.from({ length: 64 }, (_, k) => (i === k ? 1 - 0.001 * i : 0)),
    );
    const { spectral } = matrixNorms(slow, { maxIterations: 1 });
    expect(spectral.converged).toBe(false);
    expect(spectral.residual).toBeGreaterThan(0);
    expect(spectral.estimate).toBeLessThan(1);
    expect(spectral.upperBound).toBeGreaterThanOrEqual(1);
  });

  it('refuses what is no matrix, and says where a number is bad', () => {
    expect(() => matrixNorms([])).toThrow(ShapeError);
    expect(() => matrixNorms([[1, 2], [3]])).toThrow(ShapeError);
    expect(() =>
      matrixNorms([
        [1, 2],
        [3, Number.NaN],
      ]),
    ).toThrow(DataError);
    expect(() =>
      matrixNorms([
        [1, 2],
        [3, Number.NaN],
      ]),
    ).toThrow('NaN at row 1, column 1');
    expect(() => matrixNorms([[1]], { maxIterations: 0 })).toThrow(OptionsError);
    expect(() => matrixNorms([[1]], { tolerance: 0 })).toThrow(OptionsError);
  });
});
