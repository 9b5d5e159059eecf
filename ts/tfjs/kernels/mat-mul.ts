import { broadcast_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { DataError, ShapeError } from '../../wasm/errors.js';
import { type MatrixProduct, matrixProduct } from '../../wasm/matrix-product.js';
import { batchPairs } from './batch-pairs.js';
import { epilogueOf, type Fusion, fuseAfter, fusionOf, isByColumn, NO_FUSION } from './epilogue.js';
import { integerProduct } from './integer-product.js';
import { floatsOf, input, type Kernel, type KernelCall, type WasmBackend } from './wasm-backend.js';

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

function multiply({ inputs, attributes, backend, options }: KernelCall, fusion: Fusion): TensorInfo {
  const [a, b] = [input(inputs, 'a'), input(inputs, 'b')];
  const { product, shape } = plan(a, b, attributes.transposeA === true, attributes.transposeB === true);
  if (a.dtype === 'int32' && b.dtype === 'int32') {
    return fuseAfter(backend, integers(backend, a, b, product, shape), fusion);
  }
  if (a.dtype !== 'float32' || b.dtype !== 'float32') {
    throw new DataError(`matMul takes float32 or int32 tensors, got ${a.dtype} and ${b.dtype}: cast them first`);
  }
  const isFused = isByColumn(fusion, product.cols);
  const out = backend.makeOutput(shape, 'float32');
  // Views last until the backend's memory grows, so they come after the output.
  const operands = [floatsOf(backend, a), floatsOf(backend, b)] as const;
  const epilogue = isFused ? epilogueOf(backend, fusion) : undefined;
  matrixProduct(product, operands, floatsOf(backend, out), epilogue, options);
  return isFused ? out : fuseAfter(backend, out, fusion);
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
