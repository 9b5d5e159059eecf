import { OptionsError } from '../wasm/errors.js';
import { type Matrix, matrix } from '../wasm/matrix.js';
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
  let product = identity(dims);
  for (const { weight } of layers) product = times(weight.data, weight.rows, product, dims);
  // A chain without layers is the identity already.
  if (head?.kind.isResidual && layers.length > 0) for (let i = 0; i < dims; i++) product[i * dims + i] += 1;
  return matrix(Float32Array.from(product), product.length / dims, dims);
}

function identity(dims: number): Float64Array {
  return Float64Array.from({ length: dims * dims }, (_, at) => (at % (dims + 1) === 0 ? 1 : 0));
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
