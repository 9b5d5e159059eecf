import type { CoreOptions } from './core.js';
import { type Operation, takeArena } from './tensor-arena.js';
import { activationWords, NO_EPILOGUE, type TensorEpilogue } from './tensor-epilogue.js';

/** The shape of products `C = op(A) op(B)` of row-major matrices. */
export interface MatrixProduct {
  /** Rows of C. */
  readonly rows: number;
  /** Columns of C. */
  readonly cols: number;
  /** Terms of each sum. */
  readonly depth: number;
  /** Whether A lies as `depth` x `rows`. */
  readonly transposeA: boolean;
  /** Whether B lies as `cols` x `depth`. */
  readonly transposeB: boolean;
  /** Which A and which B, of several that lie one after another, each C is made of. */
  readonly batches: readonly (readonly [a: number, b: number])[];
}

const product: Operation = (exports, tensors) => exports.tensors_product(tensors);

/**
 * Writes each C of a list of products to `out`, one after another.
 *
 * Operands are copied into the module once, and out of it once; the module keeps the room for all of them.
 *
 * @throws {ShapeError} where the module has no room for the operands, or lengths do not fit
 */
export function matrixProduct(
  shape: MatrixProduct,
  [a, b]: readonly [a: Float32Array, b: Float32Array],
  out: Float32Array,
  epilogue: TensorEpilogue = NO_EPILOGUE,
  options: CoreOptions = {},
): void {
  const { rows, cols, depth, transposeA, transposeB, batches } = shape;
  const { bias, slopes } = epilogue;
  const inputs = [a, b, bias, slopes];
  const arena = takeArena([...inputs.map((input) => input?.length), out.length], options);
  inputs.forEach((input, index) => {
    if (input !== undefined) arena.write(index, input);
  });
  const numbers = [rows, cols, depth, Number(transposeA), Number(transposeB), ...activationWords(epilogue)];
  batches.forEach(([i, j], batch) => {
    arena.run(product, numbers, [i * rows * depth, j * depth * cols, 0, 0, batch * rows * cols]);
  });
  arena.read(inputs.length, out);
}
