import { checkOptions, type KnownOptions } from '../wasm/check-options.js';
import { OptionsError } from '../wasm/errors.js';
import { type Matrix, type MatrixLike, toMatrix } from '../wasm/matrix.js';
import { type CoreConvergence, coreProject, type Stopping } from '../wasm/matrix-calls.js';
import { stoppingOf } from './matrix-norms.js';

/** Which ball. */
export interface BallOptions {
  /** The largest norm, above 0. Default 1. */
  readonly radius?: number;
}

/** A matrix and what the iteration that made it reached. */
export interface IteratedProjection extends CoreConvergence {
  readonly matrix: Matrix;
}

/** Options of {@link scaleToSpectralNorm}. */
export interface ScalingOptions extends Partial<Stopping> {
  /** The largest spectral norm, above 0. Default 1. */
  readonly norm?: number;
}

/** Options of {@link orthonormalise}. */
export interface OrthonormaliseOptions extends Partial<Stopping> {
  /** By default the cheaper one for the shape. */
  readonly method?: 'bjorck' | 'newton-schulz';
}

const STOPPING: KnownOptions<Stopping> = { maxIterations: true, tolerance: true };
const ONCE: Stopping = { maxIterations: 1, tolerance: 1 };

/**
 * Scales W to a spectral norm of at most `norm`, as estimated by power iteration: cheap, but no certificate (an
 * unconverged estimate is too low, and `converged` then says so), and not the nearest such matrix.
 *
 * Cost: 4 rows x cols flops an iteration. `residual` as in {@link matrixNorms}; by default 100 iterations to 1e-6.
 *
 * @throws {ShapeError} on an empty matrix
 * @throws {DataError} on NaN or infinity
 * @throws {OptionsError} on values out of range
 */
export function scaleToSpectralNorm(w: MatrixLike, options: ScalingOptions = {}): IteratedProjection {
  checkOptions(options, { norm: true, ...STOPPING }, 'scaleToSpectralNorm');
  const { norm = 1, ...stopping } = options;
  if (!(norm > 0 && Number.isFinite(norm))) throw new OptionsError(`norm must be a finite number above 0, got ${norm}`);
  return coreProject(toMatrix(w, 'w'), 'spectral', norm, stoppingOf(stopping, 1e-6));
}

/**
 * The nearest matrix (Frobenius) of spectral norm at most `radius`: min |P - W|, every singular value above the radius
 * becomes the radius. Unchanged where W lies inside; 4e-6 above the radius by rounding at most.
 *
 * Cost: 4 D h² + 9 h³ flops, h the fewer of rows and columns, D the others.
 *
 * @throws {ShapeError} on an empty matrix
 * @throws {DataError} on NaN or infinity
 * @throws {OptionsError} on a radius that is not above 0
 */
export function projectSpectralBall(w: MatrixLike, options: BallOptions = {}): Matrix {
  return project('spectral-ball', w, options);
}

/**
 * The nearest matrix whose norm from l1 to l1 is at most `radius`: each column on the l1 ball (Duchi et al. 2008).
 *
 * Cost: some passes over the entries. Throws as {@link projectSpectralBall}.
 */
export function projectL1(w: MatrixLike, options: BallOptions = {}): Matrix {
  return project('l1', w, options);
}

/**
 * The nearest matrix whose norm from l∞ to l∞ is at most `radius`: each row on the l1 ball.
 *
 * Cost: some passes over the entries. Throws as {@link projectSpectralBall}.
 */
export function projectLInfinity(w: MatrixLike, options: BallOptions = {}): Matrix {
  return project('l-infinity', w, options);
}

/**
 * The nearest matrix whose Frobenius norm, and with it its spectral norm, is at most `radius`: a scaling.
 *
 * Cost: two passes. Throws as {@link projectSpectralBall}.
 */
export function projectFrobenius(w: MatrixLike, options: BallOptions = {}): Matrix {
  return project('frobenius', w, options);
}

/**
 * The nearest matrix whose entries are at most `radius` in magnitude (weight clipping: Arjovsky et al. 2017); its
 * spectral norm is then at most radius sqrt(rows cols).
 *
 * Cost: one pass. Throws as {@link projectSpectralBall}.
 */
export function projectBox(w: MatrixLike, options: BallOptions = {}): Matrix {
  return project('box', w, options);
}

/**
 * The nearest matrix with orthonormal rows (columns where there are fewer): the orthogonal polar factor, by Björck's
 * iteration `V <- (3/2 I - 1/2 V Vᵀ) V` (Björck and Bowie 1971) on V itself, or by Newton and Schulz's in Gram space.
 *
 * `residual` is |V Vᵀ - I|_F; `converged` is false where it stays above `tolerance` (by default 1e-6 h, what single
 * precision reaches, in 100 iterations), as it does for a matrix that has lost rank.
 *
 * Cost: 3 D h² flops an iteration of Björck; 3 D h² a round of eight of Newton and Schulz, and 3 h³ an iteration.
 *
 * @throws {ShapeError} on an empty matrix
 * @throws {DataError} on NaN or infinity
 * @throws {OptionsError} on values out of range
 */
export function orthonormalise(w: MatrixLike, options: OrthonormaliseOptions = {}): IteratedProjection {
  checkOptions(options, { method: true, ...STOPPING }, 'orthonormalise');
  const { method, ...stopping } = options;
  const matrix = toMatrix(w, 'w');
  const least = 1e-6 * Math.min(matrix.rows, matrix.cols);
  return coreProject(matrix, method ?? 'orthonormal', 1, stoppingOf(stopping, Math.max(least, 1e-6)));
}

function project(name: string, w: MatrixLike, options: BallOptions): Matrix {
  checkOptions(options, { radius: true }, 'a projection on a ball');
  const { radius = 1 } = options;
  return coreProject(toMatrix(w, 'w'), name, radius, ONCE).matrix;
}
