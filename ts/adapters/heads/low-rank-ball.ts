import { matrixNorms } from '../../lipschitz/matrix-norms.js';
import { projectSpectralBall } from '../../lipschitz/projections.js';
import { type Matrix, matrix } from '../../wasm/matrix.js';

/** The least share that V's smallest direction may have of its largest for U to be solved for. */
const CONDITION = 1e-3;

/** A = Q R of a tall A, rows x cols, by Gram and Schmidt: columns of Q, and R, upper triangular, row-major. */
interface ThinQr {
  readonly q: readonly Float64Array[];
  readonly r: Float64Array;
}

/**
 * Changes U, d x r, so that U V, V r x d, becomes the nearest product of spectral norm at most `radius`: every singular
 * value above it becomes the radius. V stays. All is done on r x r matrices: U V = Qu (Ru Rvᵀ) Qvᵀ, whose middle has the
 * singular values of U V. Where V has lost a direction, U is scaled instead.
 *
 * Cost: O(d r²) in float64.
 */
export function limitLowRank(u: Matrix, v: Matrix, radius: number): void {
  const right = thinQr(columnsOf(v.data, v.rows, v.cols, 'rows'));
  const left = thinQr(columnsOf(u.data, u.rows, u.cols, 'columns'));
  const middle = middleOf(left, right, u.cols);
  if (normOf(middle) <= radius) return;
  if (isWellConditioned(right.r, u.cols)) {
    const { data } = projectSpectralBall(middle, { radius });
    addChange(u, left.q, changesOf(data, middle.data, right.r, u.cols));
  }
  // Rounding U moves the norm a little, and without a solution it is still what it was.
  const bound = normOf(middleOf(thinQr(columnsOf(u.data, u.rows, u.cols, 'columns')), right, u.cols));
  if (bound > radius) for (let i = 0; i < u.data.length; i++) u.data[i] *= radius / bound;
}

/** The spectral norm of U V, never below it. */
export function lowRankNorm(u: Matrix, v: Matrix): number {
  const left = thinQr(columnsOf(u.data, u.rows, u.cols, 'columns'));
  return normOf(middleOf(left, thinQr(columnsOf(v.data, v.rows, v.cols, 'rows')), u.cols));
}

/** Ru Rvᵀ. */
function middleOf(left: ThinQr, right: ThinQr, rank: number): Matrix {
  const out = new Float32Array(rank * rank);
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j < rank; j++) {
      let sum = 0;
      for (let k = Math.max(i, j); k < rank; k++) sum += left.r[i * rank + k] * right.r[j * rank + k];
      out[i * rank + j] = sum;
    }
  }
  return matrix(out, rank, rank);
}

function normOf(middle: Matrix): number {
  return matrixNorms(middle).spectral.upperBound;
}

function isWellConditioned(r: Float64Array, rank: number): boolean {
  const diagonal = Array.from({ length: rank }, (_, k) => r[k * rank + k]);
  return Math.min(...diagonal) >= CONDITION * Math.max(...diagonal) && Math.max(...diagonal) > 0;
}

/** (C' - C) Rv^-T, so that Qu times it, times V, is Qu (C' - C) Qvᵀ. */
function changesOf(projected: Float32Array, from: Float32Array, r: Float64Array, rank: number): Float64Array {
  const out = Float64Array.from(projected, (value, i) => value - from[i]);
  for (let row = 0; row < rank; row++) {
    const own = out.subarray(row * rank, (row + 1) * rank);
    for (let i = rank - 1; i >= 0; i--) {
      for (let k = i + 1; k < rank; k++) own[i] -= r[i * rank + k] * own[k];
      own[i] /= r[i * rank + i];
    }
  }
  return out;
}

/** U + Q D. */
function addChange({ data, rows, cols }: Matrix, q: readonly Float64Array[], change: Float64Array): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      let sum = data[i * cols + j];
      for (let k = 0; k < cols; k++) sum += q[k][i] * change[k * cols + j];
      data[i * cols + j] = sum;
    }
  }
}

/** Columns of a matrix, or its rows, in float64. */
function columnsOf(data: Float32Array, rows: number, cols: number, which: 'rows' | 'columns'): Float64Array[] {
  if (which === 'rows') {
    return Array.from({ length: rows }, (_, i) => Float64Array.from(data.subarray(i * cols, (i + 1) * cols)));
  }
  return Array.from({ length: cols }, (_, j) => Float64Array.from({ length: rows }, (__, i) => data[i * cols + j]));
}

/** Overwrites the columns; one that depends on those before it becomes 0. */
function thinQr(columns: Float64Array[]): ThinQr {
  const count = columns.length;
  const r = new Float64Array(count * count);
  for (let j = 0; j < count; j++) {
    const own = columns[j];
    const before = Math.sqrt(dot(own, own));
    // Twice is enough (Giraud, Langou and Rozložník 2005).
    for (let pass = 0; pass < 2; pass++) {
      for (let k = 0; k < j; k++) {
        const share = dot(columns[k], own);
        r[k * count + j] += share;
        for (let i = 0; i < own.length; i++) own[i] -= share * columns[k][i];
      }
    }
    const length = Math.sqrt(dot(own, own));
    const isNew = length > 1e-12 * before;
    r[j * count + j] = isNew ? length : 0;
    for (let i = 0; i < own.length; i++) own[i] = isNew ? own[i] / length : 0;
  }
  return { q: columns, r };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
