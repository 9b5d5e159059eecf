import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acquireCore } from '../../ts/wasm/core.js';
import { createMicrokernel, createProduct } from '../../ts/wasm/product.js';
import { expectClose, float32 } from '../support/close.js';
import { builds } from '../support/library.js';
import { normalRows, seededRandom } from '../support/random.js';

const sizes = fc.record({
  rows: fc.integer({ min: 1, max: 40 }),
  cols: fc.integer({ min: 1, max: 20 }),
  depth: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 250, max: 300 })),
});

function product(shape: { rows: number; cols: number; depth: number }, deterministic: boolean) {
  const random = seededRandom(1);
  const [a, b] = [shape.rows, shape.cols].map((rows) => normalRows(random, rows, shape.depth));
  const held = createProduct(shape, { deterministic });
  held.a().set(a.flat());
  held.b().set(b.flat());
  held.load();
  held.run();
  held.store();
  const c = held.c().slice();
  held.dispose();
  return { a, b, c };
}

describe.each(builds)('a product in the $build build', ({ deterministic }) => {
  it('is that of naive loops', () => {
    fc.assert(
      fc.property(sizes, (shape) => {
        const { a, b, c } = product(shape, deterministic);
        const expected = a.flatMap((x) => b.map((y) => x.reduce((sum, value, k) => sum + value * y[k], 0)));
        expectClose(c, expected, float32);
      }),
      { numRuns: 30 },
    );
  });

  it('has the same bits with two panels at a time', () => {
    const { exports } = acquireCore({ deterministic });
    fc.assert(
      fc.property(sizes, (shape) => {
        const { c } = product(shape, deterministic);
        exports.product_set_wide(1);
        try {
          expect(product(shape, deterministic).c).toEqual(c);
        } finally {
          exports.product_set_wide(0);
        }
      }),
      { numRuns: 30 },
    );
  });
});

it('a microkernel says what it computes: two tiles of 4 x 8, 256 deep', () => {
  const kernel = createMicrokernel();
  expect(kernel.flops).toBe(2 * 2 * 4 * 8 * 256);
  kernel.run(3);
  kernel.dispose();
  expect(() => kernel.run(1)).toThrow('disposed');
});
