import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import type { Matrix } from '../../wasm/matrix.js';
import { readTensor } from '../tensor-data.js';
import type { OpenEncoder } from './open-encoder.js';
import { scoped } from './scoped.js';

/** Rows of a matrix from `start` on as a tensor. */
export function rowsTensor({ data, cols }: Pick<Matrix, 'data' | 'cols'>, start: number, count: number): Tensor2D {
  return tensor2d(data.subarray(start * cols, (start + count) * cols), [count, cols], 'float32');
}

/** Embeddings of any number of rows, so many at a time. */
export function embedRows({ input, embed, widths: [, cols] }: OpenEncoder, rows: Matrix, batch: number): Matrix {
  const data = new Float32Array(rows.rows * cols);
  for (let start = 0; start < rows.rows; start += batch) {
    const count = Math.min(batch, rows.rows - start);
    scoped(() => data.set(readTensor(embed(input(rowsTensor(rows, start, count)), false)), start * cols));
  }
  return { data, rows: rows.rows, cols };
}
