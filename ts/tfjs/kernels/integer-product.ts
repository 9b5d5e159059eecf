import type { MatrixProduct } from '../../wasm/matrix-product.js';

/** A tensor's values as the backend keeps them. */
type Values = Float32Array | Int32Array | Uint8Array;

/** `C = op(A) op(B)` in whole numbers modulo 2³², as Int32Array stores them: rare, and exact. */
export function integerProduct(shape: MatrixProduct, [a, b]: readonly [Values, Values], out: Values): void {
  const { rows, cols, depth, transposeA, transposeB, batches } = shape;
  const [rowStep, depthStepA] = transposeA ? [1, rows] : [depth, 1];
  const [colStep, depthStepB] = transposeB ? [depth, 1] : [1, cols];
  batches.forEach(([i, j], batch) => {
    const [fromA, fromB, to] = [i * rows * depth, j * depth * cols, batch * rows * cols];
    for (let at = 0; at < rows * cols; at++) {
      const [row, col] = [Math.floor(at / cols) * rowStep + fromA, (at % cols) * colStep + fromB];
      let sum = 0;
      for (let k = 0; k < depth; k++) {
        sum = (sum + Math.imul(a[row + k * depthStepA] ?? 0, b[col + k * depthStepB] ?? 0)) | 0;
      }
      out[to + at] = sum;
    }
  });
}
