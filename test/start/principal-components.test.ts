import { expect, it } from 'vitest';
import { principalComponents } from '../../scripts/start/principal-components.js';
import { matrix } from '../../ts/wasm/matrix.js';
import { seededRandom } from '../support/random.js';

it('gives uncorrelated columns whose variances are those of the widest axes', () => {
  const { normal } = seededRandom(5);
  const [rows, cols] = [4000, 23];
  const widths = Array.from({ length: cols }, (_, j) => 2 ** -((j * 7) % cols));
  const features = matrix(
    Float32Array.from({ length: rows * cols }, (_, i) => 3 + widths[i % cols] * normal()),
    rows,
    cols,
  );
  const projected = principalComponents(features, 4)(features);
  expect(projected.cols).toBe(4);
  for (let a = 0; a < 4; a++) {
    for (let b = 0; b < 4; b++) {
      let product = 0;
      for (let i = 0; i < rows; i++) product += (projected.data[i * 4 + a] * projected.data[i * 4 + b]) / rows;
      const expected = a === b ? 4 ** -a : 0;
      expect(Math.abs(product - expected)).toBeLessThan(0.1 * 2 ** -(a + b));
    }
  }
});
