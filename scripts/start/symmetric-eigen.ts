/** Eigenvalues in falling order; `vectors[k]` is the unit eigenvector of `values[k]`. */
export interface Eigen {
  readonly values: readonly number[];
  readonly vectors: readonly Float64Array[];
}

const SWEEPS = 50;

/**
 * The eigenvalues and eigenvectors of a small symmetric matrix, given by its rows, by cyclic Jacobi rotations.
 *
 * @see Golub and Van Loan, Matrix Computations, section 8.5
 */
export function symmetricEigen(rows: readonly Float64Array[]): Eigen {
  const a = rows.map((row) => Float64Array.from(row));
  const v = rows.map((_, i) => Float64Array.from(rows, (_, j) => (i === j ? 1 : 0)));
  const scale = sumOfSquares(a, () => true);
  for (let sweep = 0; sweep < SWEEPS && sumOfSquares(a, (i, j) => i !== j) > 1e-24 * scale; sweep++) {
    for (let p = 0; p < a.length; p++) for (let q = p + 1; q < a.length; q++) rotate(a, v, p, q);
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j][j] - a[i][i]);
  return { values: order.map((i) => a[i][i]), vectors: order.map((i) => v[i]) };
}

/** Zeroes a[p][q]; the rows of `v` become the eigenvectors. */
function rotate(a: readonly Float64Array[], v: readonly Float64Array[], p: number, q: number): void {
  if (a[p][q] === 0) return;
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (const row of a) [row[p], row[q]] = [c * row[p] - s * row[q], s * row[p] + c * row[q]];
  for (const m of [a, v]) {
    for (let k = 0; k < a.length; k++) [m[p][k], m[q][k]] = [c * m[p][k] - s * m[q][k], s * m[p][k] + c * m[q][k]];
  }
}

function sumOfSquares(a: readonly Float64Array[], isCounted: (i: number, j: number) => boolean): number {
  let sum = 0;
  a.forEach((row, i) => {
    row.forEach((value, j) => {
      if (isCounted(i, j)) sum += value * value;
    });
  });
  return sum;
}
