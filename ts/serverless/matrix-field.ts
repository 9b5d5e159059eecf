import type { FileArray } from '../adapters/inputs/vector-bytes.js';
import { requireFinite } from '../data/pairs.js';
import { DataError, OptionsError, ShapeError } from '../wasm/errors.js';
import { type Matrix, type MatrixLike, toMatrix } from '../wasm/matrix.js';
import type { Limits } from './limits.js';
import { type Fields, isArray } from './posted.js';
import { requireRowsWithin } from './rows-limit.js';

/**
 * A field's rows of numbers, finite, within the limits.
 *
 * @throws {ShapeError} on what is no matrix
 * @throws {DataError} on rows of anything but finite numbers
 * @throws {RequestError} 413 on more rows or numbers than the limits allow
 */
export function matrixField(fields: Fields, name: string, limits: Limits): Matrix {
  const value = fields[name];
  if (value === undefined) throw new OptionsError(`expected rows of numbers in the field ${name}, got none`);
  requireRowsWithin(value, name, limits);
  const matrix = isArray(value) ? matrixOf(value, name) : toMatrix(value as MatrixLike, name);
  if (matrix.rows === 0 || matrix.cols === 0) throw new DataError(`${name}: expected at least one row of numbers`);
  requireFinite(matrix, name);
  return matrix;
}

/** Rows of a matrix as JSON has them, in the nine digits from which a float32 comes back. */
export function matrixRows({ data, rows, cols }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, i) =>
    Array.from(data.subarray(i * cols, (i + 1) * cols), (value) => Number(value.toPrecision(9))),
  );
}

function matrixOf({ shape, data, dtype }: FileArray, name: string): Matrix {
  if (shape.length !== 2) {
    throw new ShapeError(`${name}: expected rows of numbers (2 indices), shape is (${shape.join(', ')})`);
  }
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    throw new DataError(`${name}: expected numbers of up to 32 bits, or float64, found ${dtype}`);
  }
  const [rows, cols] = shape;
  return { data: data instanceof Float32Array ? data : Float32Array.from(data), rows, cols };
}
