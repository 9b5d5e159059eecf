import { broadcast_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { DataError, ShapeError } from '../../wasm/errors.js';
import { type MatrixProduct, matrixProduct } from '../../wasm/matrix-product.js';
import { batchPairs } from './batch-pairs.js';
import { epilogueOf, type Fusion, fuseAfter, fuseIntegers, fusionOf, isByColumn, NO_FUSION } from './epilogue.js';
import { integerProduct } from './integer-product.js';
import { floatOutput, floatsOf, input, type Kernel, type KernelCall, type WasmBackend } from './wasm-backend.js';

/** `op(a) op(b)`, over batches that are broadcast; int32 stays int32. */
export const batchMatMul: Kernel = {
  name: 'BatchMatMul',
  run: (call) => multiply(call, NO_FUSION),
};

/** `activation(op(a) op(b) + bias)`. */
export const fusedMatMul: Kernel = {
  name: '_FusedMatMul',
  run: (call) => multiply(call, fusionOf(call.inputs, call.attributes)),
};

function multiply(call: KernelCall, fusion: Fusion): TensorInfo {
  const { inputs, attributes, backend, options } = call;
  const [a, b] = [input(inputs, 'a'), input(inputs, 'b')];
  const { product, shape } = plan(a, b, attributes.transposeA === true, attributes.transposeB === true);
  if (a.dtype === 'int32' && b.dtype === 'int32') {
    return fuseIntegers(backend, integers(backend, a, b, product, shape), fusion);
  }
  if (a.dtype !== 'float32' || b.dtype !== 'float32') {
    throw new DataError(`matMul takes float32 or int32 tensors, got ${a.dtype} and ${b.dtype}: cast them first`);
  }
  if (isLeft(product)) {
    const out = leftProduct(call, product);
    if (out !== undefined) return fuseAfter(backend, { ...out, shape }, fusion);
  }
  const isFused = isByColumn(fusion, product.cols);
  const out = floatOutput(backend, shape, (to) => {
    const epilogue = isFused ? epilogueOf(backend, fusion) : undefined;
    matrixProduct(product, [floatsOf(backend, a), floatsOf(backend, b)], to, epilogue, options);
  });
  return isFused ? out : fuseAfter(backend, out, fusion);
}

/**
 * Rows of A up to which, and numbers of B from which on, the backend's own kernel is faster when B comes again, as in
 * inference, and no slower when it does not: it packs each B once, and the core copies it in each time.
 */
const [FEW_ROWS, LARGE] = [8, 1 << 20];

/** Terms of a product up to which the backend's own loops over a batch are faster than a call of the core for each. */
const TINY = 64;

function isLeft({ rows, cols, depth, transposeA, transposeB, batches }: MatrixProduct): boolean {
  if (transposeA || transposeB) return false;
  if (batches.length === 1) return rows <= FEW_ROWS && depth * cols >= LARGE;
  return rows * cols * depth > 0 && rows * cols * depth <= TINY && batches.every(([i, j], at) => i === at && j === at);
}

/** The product by the backend's own kernel; none where it may hide a NaN, which it makes an infinity. */
function leftProduct({ inputs, backend, own }: KernelCall, product: MatrixProduct): TensorInfo | undefined {
  const { rows, cols, depth, batches } = product;
  const [a, b] = [input(inputs, 'a'), input(inputs, 'b')];
  const out = own({
    inputs: {
      a: { ...a, shape: [batches.length, rows, depth] },
      b: { ...b, shape: [batches.length, depth, cols] },
    },
    attributes: { transposeA: false, transposeB: false, activation: 'linear' },
  });
  if (floatsOf(backend, out).every(Number.isFinite)) return out;
  backend.disposeData(out.dataId);
  return undefined;
}

function integers(
  backend: WasmBackend,
  a: TensorInfo,
  b: TensorInfo,
  product: MatrixProduct,
  shape: number[],
): TensorInfo {
  const out = backend.makeOutput(shape, 'int32');
  const [left, right, to] = [a, b, out].map((tensor) => backend.typedArrayFromHeap(tensor));
  if (left && right && to) integerProduct(product, [left, right], to);
  return out;
}

/** What is multiplied with what, and the shape of the result. */
function plan(a: TensorInfo, b: TensorInfo, transposeA: boolean, transposeB: boolean) {
  const [[depth, rows], [cols, depthB]] = [sides(a, !transposeA), sides(b, !transposeB)];
  if (depth !== depthB) {
    throw new ShapeError(
      `matMul of ${describe(a, transposeA)} and ${describe(b, transposeB)}: inner sizes ${depth} and ${depthB} differ`,
    );
  }
  const [outerA, outerB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const outer = broadcast_util.assertAndGetBroadcastShape(outerA, outerB);
  const shape = [...outer, rows, cols];
  // One B for all: the batches are rows of one A.
  const isOne = !transposeA && util.sizeFromShape(outerB) === 1;
  const product: MatrixProduct = {
    rows: isOne ? util.sizeFromShape(outer) * rows : rows,
    cols,
    depth,
    transposeA,
    transposeB,
    batches: isOne ? [[0, 0]] : batchPairs(outerA, outerB, outer),
  };
  return { product, shape };
}

/** The last two sizes of a tensor, the last one first unless turned. */
function sides({ shape }: TensorInfo, isLastFirst: boolean): readonly [number, number] {
  const [last = 1, beforeLast = 1] = [shape.at(-1), shape.at(-2)];
  return isLastFirst ? [last, beforeLast] : [beforeLast, last];
}

function describe({ shape }: TensorInfo, isTransposed: boolean): string {
  return `[${shape.join(', ')}]${isTransposed ? ' transposed' : ''}`;
}
