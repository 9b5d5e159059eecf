import type { Trial } from '../../engine.js';
import type { ProductProblem } from '../../problem.js';
import { productTransposed } from './products.js';

/** A product into a buffer that is allocated once. */
export function productTrial({ rows, cols, depth, a, b }: ProductProblem): Trial {
  const product = new Float32Array(rows * cols);
  const run = (): void => productTransposed(a, b, product, rows, cols, depth);
  return {
    answer: async () => {
      run();
      return { product };
    },
    run,
    dispose: () => {},
  };
}
