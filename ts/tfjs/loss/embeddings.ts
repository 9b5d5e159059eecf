import type { Tensor } from '@tensorflow/tfjs-core';
import { DataError, ShapeError } from '../../wasm/errors.js';
import { checkTensor } from '../check-tensor.js';

/** Sizes of two matrices of embeddings. */
export interface EmbeddingSizes {
  /** Rows of x, then of y. */
  readonly n: number;
  readonly m: number;
  /** Columns of x, then of y. */
  readonly d: number;
  readonly yDim: number;
}

/**
 * The sizes of x and y.
 *
 * @throws {ShapeError} on what is no matrix
 * @throws {DataError} on numbers that are no float32
 * @throws {StateError} on tensors that were disposed of
 */
export function embeddingSizes(x: Tensor, y: Tensor): EmbeddingSizes {
  const [n, d] = matrixShape(x, 'x');
  const [m, yDim] = matrixShape(y, 'y');
  return { n, m, d, yDim };
}

function matrixShape(given: Tensor, name: string): [number, number] {
  checkTensor(given, name, 'a tensor of rank 2');
  const { shape, dtype } = given;
  const [rows, cols] = shape;
  if (shape.length !== 2 || rows === undefined || cols === undefined) {
    throw new ShapeError(`${name} must be of rank 2, an embedding a row, got the shape [${shape.join(', ')}]`);
  }
  if (dtype !== 'float32') throw new DataError(`${name} must hold float32, got ${dtype}: cast it first`);
  return [rows, cols];
}
