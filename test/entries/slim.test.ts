import { describe, expect, it, vi } from 'vitest';
import { nodeModules } from '../../ts/entries/node-core.js';
import { supportsRelaxedSimd } from '../../ts/wasm/core.js';
import { matrixProduct } from '../../ts/wasm/matrix-product.js';
import { random } from '../../ts/wasm/random.js';

const [rows, cols, depth] = [5, 7, 300];
const sizes = { rows, cols, depth, transposeA: false, transposeB: false, batches: [[0, 0]] } as const;
const draw = random(13);
const normals = (length: number) => Float32Array.from({ length }, () => draw.normal());
const operands = [normals(rows * depth), normals(depth * cols)] as const;

/** A product by the build that the options choose. */
function productBy(multiply: typeof matrixProduct, deterministic: boolean): Float32Array {
  const out = new Float32Array(rows * cols);
  multiply(sizes, operands, out, undefined, { deterministic });
  return out;
}

/** A copy of the library that got the modules by hand. */
async function loadedByHand({ withRelaxed }: { readonly withRelaxed: boolean }): Promise<typeof matrixProduct> {
  vi.resetModules();
  const { load } = await import('../../ts/entries/slim.js');
  const relaxed = withRelaxed && supportsRelaxedSimd() ? nodeModules['tensors-relaxed']?.() : undefined;
  load(nodeModules.simd128(), undefined, undefined, undefined, nodeModules.tensors?.(), relaxed);
  return (await import('../../ts/wasm/matrix-product.js')).matrixProduct;
}

describe('kantorovich/slim', () => {
  it('takes both builds for tensors: the baseline where bits matter, the relaxed one elsewhere', async () => {
    const multiply = await loadedByHand({ withRelaxed: true });
    expect(multiply).not.toBe(matrixProduct);
    const [baseline, fastest] = [productBy(multiply, true), productBy(multiply, false)];
    expect(baseline).toEqual(productBy(matrixProduct, true));
    expect(fastest).toEqual(productBy(matrixProduct, false));
    if (supportsRelaxedSimd()) expect(fastest).not.toEqual(baseline);
  });

  it('computes with the baseline where no relaxed build was given', async () => {
    const multiply = await loadedByHand({ withRelaxed: false });
    expect(productBy(multiply, false)).toEqual(productBy(matrixProduct, true));
  });
});
