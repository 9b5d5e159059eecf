import '../../../ts/entries/node.js';
import { createProduct } from '../../../ts/wasm/product.js';
import type { Trial } from '../../engine.js';
import type { ProductProblem } from '../../problem.js';

/** The product that layers and score matrices are made of, on operands in the core's own layout. */
export function productTrial({ rows, cols, depth, a, b }: ProductProblem): Trial {
  const product = createProduct({ rows, cols, depth });
  product.a().set(a);
  product.b().set(b);
  product.load();
  return {
    answer: async () => {
      product.run();
      product.store();
      return { product: product.c().slice() };
    },
    run: product.run,
    dispose: product.dispose,
  };
}
