import { dot, entry, identity, norm, type Rows, scale, sum, transpose } from './linear-algebra.js';

/** A = Σₖ σₖ uₖ vₖᵀ with σ falling; `left[k]` is uₖ and `right[k]` is vₖ (uₖ is zero where σₖ is). */
export interface SingularValues {
  readonly sigma: readonly number[];
  readonly left: Rows;
  readonly right: Rows;
}

/**
 * The singular value decomposition by one-sided Jacobi rotations: columns are rotated in pairs until all are
 * orthogonal; their lengths are then the singular values.
 *
 * @see Golub and Van Loan, Matrix Computations, 4th ed., section 8.6
 */
export function singularValues(a: Rows): SingularValues {
  const cols = a[0]?.length ?? 0;
  if (cols > a.length) {
    const { sigma, left, right } = singularValues(transpose(a));
    return { sigma, left: right, right: left };
  }
  const columns = transpose(a);
  const rotations = identity(cols);
  while (rotateAllPairs(columns, rotations) > 1e-15);
  return sorted(columns, rotations);
}

/** ‖A‖₂, the largest singular value. */
export function spectralNorm(a: Rows): number {
  return singularValues(a).sigma[0] ?? 0;
}

/** U Vᵀ, the nearest matrix with orthonormal rows or columns (A of full rank). */
export function polarFactor(a: Rows): number[][] {
  return withSingularValues(a, () => 1);
}

/** The nearest matrix of spectral norm at most c: every singular value above c becomes c. */
export function spectralBallProjection(a: Rows, c: number): number[][] {
  return withSingularValues(a, (sigma) => Math.min(sigma, c));
}

/** A with every singular value σ replaced by change(σ). */
export function withSingularValues(a: Rows, change: (sigma: number) => number): number[][] {
  const { sigma, left, right } = singularValues(a);
  return a.map((row, i) =>
    row.map((_, j) => sum(sigma.map((s, k) => change(s) * entry(left[k] ?? [], i) * entry(right[k] ?? [], j)))),
  );
}

/** One sweep over all pairs of columns; returns the largest cosine that was met. */
function rotateAllPairs(columns: number[][], rotations: number[][]): number {
  let largest = 0;
  for (let p = 0; p < columns.length; p++) {
    for (let q = p + 1; q < columns.length; q++) {
      const alpha = dot(columns[p], columns[p]);
      const beta = dot(columns[q], columns[q]);
      const gamma = dot(columns[p], columns[q]);
      if (gamma === 0) continue;
      largest = Math.max(largest, Math.abs(gamma) / Math.sqrt(alpha * beta));
      const zeta = (beta - alpha) / (2 * gamma);
      const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
      rotatePair(columns, p, q, tangent);
      rotatePair(rotations, p, q, tangent);
    }
  }
  return largest;
}

function rotatePair(vectors: number[][], p: number, q: number, tangent: number): void {
  const cosine = 1 / Math.hypot(1, tangent);
  const sine = cosine * tangent;
  const first = vectors[p];
  const second = vectors[q];
  vectors[p] = first.map((value, k) => cosine * value - sine * entry(second, k));
  vectors[q] = first.map((value, k) => sine * value + cosine * entry(second, k));
}

function sorted(columns: Rows, rotations: Rows): SingularValues {
  const lengths = columns.map(norm);
  const order = lengths.map((_, k) => k).sort((j, k) => entry(lengths, k) - entry(lengths, j));
  return {
    sigma: order.map((k) => entry(lengths, k)),
    left: order.map((k) => scale(columns[k], lengths[k] > 0 ? 1 / lengths[k] : 0)),
    right: order.map((k) => rotations[k]),
  };
}
