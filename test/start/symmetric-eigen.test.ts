import fc from 'fast-check';
import { expect, it } from 'vitest';
import { symmetricEigen } from '../../scripts/start/symmetric-eigen.js';

const symmetric = fc
  .integer({ min: 1, max: 9 })
  .chain((size) =>
    fc
      .array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: size * size, maxLength: size * size })
      .map((values) =>
        Array.from({ length: size }, (_, i) =>
          Float64Array.from({ length: size }, (_, j) => values[i * size + j] + values[j * size + i]),
        ),
      ),
  );

it('gives pairs with A v = λ v, of length 1, in falling order', () => {
  fc.assert(
    fc.property(symmetric, (rows) => {
      const { values, vectors } = symmetricEigen(rows);
      expect([...values].sort((a, b) => b - a)).toEqual(values);
      vectors.forEach((vector, k) => {
        expect(vector.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 9);
        rows.forEach((row, i) => {
          expect(row.reduce((sum, value, j) => sum + value * vector[j], 0)).toBeCloseTo(values[k] * vector[i], 8);
        });
      });
    }),
  );
});
