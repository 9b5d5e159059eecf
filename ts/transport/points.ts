import { DataError, ShapeError } from '../wasm/errors.js';
import { type MatrixLike, toMatrix } from '../wasm/matrix.js';
import type { CorePoints } from '../wasm/transport-calls.js';

/**
 * Points: the rows of a matrix, or a flat list of numbers, which is as many points on the line. Coordinates are kept as
 * float32.
 */
export type PointsLike = MatrixLike | ArrayLike<number>;

/** Weights of the points of two samples, where they do not all weigh the same. */
export interface Weights {
  /** A weight for each point of a, from 0; only their ratios count, for they are divided by their sum. */
  readonly weightsA?: ArrayLike<number>;
  /** A weight for each point of b: see `weightsA`. */
  readonly weightsB?: ArrayLike<number>;
}

/**
 * The points as the core takes them; `name` names the argument in errors.
 *
 * @throws {ShapeError} on ragged rows, or weights that are no list
 * @throws {DataError} on a flat list with anything but numbers
 */
export function toPoints(value: PointsLike, name: string, weights?: ArrayLike<number>): CorePoints {
  const points = isFlat(value) ? onTheLine(value, name) : toMatrix(value, name);
  return { points, weights: weights === undefined ? null : toWeights(weights, name) };
}

function isFlat(value: PointsLike): value is ArrayLike<number> {
  return isList(value) && !(Array.isArray(value) && isList(value[0]));
}

function isList(value: unknown): boolean {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}

function onTheLine(values: ArrayLike<number>, name: string) {
  for (let i = 0; i < values.length; i++) {
    if (typeof values[i] !== 'number') {
      throw new DataError(`${name} must be rows of numbers or a flat list of numbers, item ${i} is ${values[i]}`);
    }
  }
  return { data: Float32Array.from(values), rows: values.length, cols: 1 };
}

function toWeights(weights: ArrayLike<number>, name: string): Float64Array {
  if (!ArrayBuffer.isView(weights) && !Array.isArray(weights)) {
    throw new ShapeError(`the weights of ${name} must be a list of numbers, got ${weights}`);
  }
  return Float64Array.from(weights);
}
