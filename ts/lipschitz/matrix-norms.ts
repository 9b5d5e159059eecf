import { OptionsError } from '../wasm/errors.js';
import { type MatrixLike, toMatrix } from '../wasm/matrix.js';
import { coreNorms, type Stopping } from '../wasm/matrix-calls.js';

/** The largest singular value, from both sides. */
export interface SpectralNorm {
  /** By power iteration on WᵀW: from below. */
  readonly estimate: number;
  /** |WᵀW v - s² v| / s² at the last vector: some singular value lies that near, which need not be the largest. */
  readonly residual: number;
  readonly iterations: number;
  readonly converged: boolean;
  /** Never below the norm, and within 1e-5 of it: Gram iteration (Delattre et al. 2023, algorithm 1) in float64. */
  readonly upperBound: number;
}

/** The norms of a matrix as a map, and of its entries. */
export interface MatrixNorms {
  /** From l2 to l2. */
  readonly spectral: SpectralNorm;
  /** From l1 to l1: the largest sum of a column's magnitudes. */
  readonly l1: number;
  /** From l∞ to l∞: the largest sum of a row's magnitudes. */
  readonly lInfinity: number;
  /** The root of the sum of squares, at least the spectral norm. */
  readonly frobenius: number;
  /** The largest magnitude. */
  readonly largest: number;
}

/**
 * The norms of a matrix of rows x cols, with the spectral one certified.
 *
 * Cost: 4 rows x cols flops an iteration; D h² + 10 h³ at most for the upper bound, h the fewer of rows and columns.
 *
 * @param stopping of the power iteration, by default at most 100 iterations to a residual of 1e-6
 * @throws {ShapeError} on an empty matrix, or data that does not fit its shape
 * @throws {DataError} on NaN or infinity, naming its place
 */
export function matrixNorms(w: MatrixLike, stopping: Partial<Stopping> = {}): MatrixNorms {
  const found = coreNorms(toMatrix(w, 'w'), stoppingOf(stopping, 1e-6));
  const [estimate = 0, residual = 0, iterations = 0, converged = 0, upperBound = 0, ...others] = found;
  const [l1 = 0, lInfinity = 0, frobenius = 0, largest = 0] = others;
  const spectral = { estimate, residual, iterations, converged: converged === 1, upperBound };
  return { spectral, l1, lInfinity, frobenius, largest };
}

/**
 * What is given, with defaults.
 *
 * @throws {OptionsError} on values out of range
 */
export function stoppingOf({ maxIterations = 100, tolerance }: Partial<Stopping>, fallback: number): Stopping {
  if (!Number.isSafeInteger(maxIterations) || maxIterations < 1) {
    throw new OptionsError(`maxIterations must be a whole number from 1, got ${maxIterations}`);
  }
  const least = tolerance ?? fallback;
  if (!(least > 0)) throw new OptionsError(`tolerance must be a number above 0, got ${least}`);
  return { maxIterations, tolerance: least };
}
