import { OptionsError } from '../../wasm/errors.js';
import { type Matrix, matrix } from '../../wasm/matrix.js';
import type { Head } from './head.js';

/**
 * The one matrix A, outputs x inputs, of a linear head: y = normalise(A x). Without a head it is 1.
 *
 * @param dims of a vector
 * @throws {OptionsError} on a perceptron, which has no such matrix
 */
export function headMatrix(head: Head | null, dims: number): Matrix {
  const layers = head?.layers ?? [];
  if (layers.some(({ bias, activation }) => bias !== null || activation !== null)) {
    throw new OptionsError("a perceptron is not one matrix: export it as 'onnx', 'json' or 'safetensors'");
  }
  const [first, ...others] = layers;
  const start = first === undefined ? new Float64Array(dims * dims) : Float64Array.from(first.weight.data);
  const product = others.reduce<Float64Array>((sum, { weight }) => times(weight.data, weight.rows, sum, dims), start);
  if (head === null || head.kind.isResidual) for (let i = 0; i < dims; i++) product[i * dims + i] += 1;
  return matrix(Float32Array.from(product), product.length / dims, dims);
}

/** A B, summed in float64. */
function times(a: Float32Array, rows: number, b: Float64Array, cols: number): Float64Array {
  const depth = a.length / rows;
  const out = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < depth; k++) {
      const factor = a[i * depth + k];
      for (let j = 0; j < cols; j++) out[i * cols + j] += factor * b[k * cols + j];
    }
  }
  return out;
}
