import { checkOptions } from '../wasm/check-options.js';
import { OptionsError } from '../wasm/errors.js';
import { corePrincipal, coreProjection } from '../wasm/evaluation-calls.js';
import { type Matrix, type MatrixLike, toMatrix } from '../wasm/matrix.js';

/** How principal components are found. */
export interface PrincipalOptions {
  /** Decides where the iteration starts; a whole number from 0. Default 0. */
  readonly seed?: number;
  /** Iteration ends once the variance held by all components grows by no more than this share. Default 1e-6. */
  readonly tolerance?: number;
  /** Products with the covariance, at most. Default 300. */
  readonly maxIterations?: number;
}

/** The directions in which rows vary most. */
export interface PrincipalComponents {
  /** count x columns: orthonormal rows, the largest variance first; in each the entry of largest magnitude is positive. */
  readonly components: Matrix;
  /** Of each column; it is subtracted before projection. */
  readonly mean: Float32Array;
  /** The variance along each component (of the n values, not n - 1). */
  readonly variances: readonly number[];
  /** The sum of the variances of all columns. */
  readonly totalVariance: number;
  readonly iterations: number;
  readonly converged: boolean;
  /**
   * The coordinates of rows along the components: rows x count.
   *
   * @throws {ShapeError} where the rows do not have as many columns as those that the components were found in
   */
  project(rows: MatrixLike): Matrix;
}

/**
 * The first `count` principal components of `rows`, by subspace iteration on their covariance. The same numbers in
 * every runtime.
 *
 * @param count from 1 to the smaller of rows and columns
 * @throws {ShapeError} on ragged rows
 * @throws {DataError} on numbers that are not finite
 * @throws {OptionsError} on a count that the rows do not allow, or an option outside its range
 */
export function principalComponents(
  rows: MatrixLike,
  count: number,
  options: PrincipalOptions = {},
): PrincipalComponents {
  checkOptions(options, { seed: true, tolerance: true, maxIterations: true }, 'principalComponents');
  const { seed = 0, tolerance = 1e-6, maxIterations = 300 } = options;
  const from = toMatrix(rows, 'rows');
  const most = Math.min(from.rows, from.cols);
  checkWhole('count', count, 1, most);
  checkWhole('seed', seed, 0, Number.MAX_SAFE_INTEGER);
  checkWhole('maxIterations', maxIterations, 1, 2 ** 31 - 1);
  if (!(Number.isFinite(tolerance) && tolerance > 0)) {
    throw new OptionsError(`tolerance must be a finite number above 0, got ${tolerance}`);
  }
  const found = corePrincipal(from, { components: count, seed, tolerance, maxIterations });
  return { ...found, project: (other) => coreProjection(toMatrix(other, 'rows'), found.components, found.mean) };
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new OptionsError(`${name} must be a whole number from ${least} to ${most}, got ${value}`);
  }
}
