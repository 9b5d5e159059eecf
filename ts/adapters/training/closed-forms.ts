import { orthonormalise, scaleToSpectralNorm } from '../../lipschitz/projections.js';
import type { CoreOptions } from '../../wasm/core.js';
import { type Matrix, matrix } from '../../wasm/matrix.js';
import { computed, createProduct } from '../../wasm/product.js';
import { multiply, normaliseRows } from '../heads/head-pass.js';
import { transposeInto } from '../heads/transpose.js';
import { lengthOf } from '../inputs/length-of.js';
import type { Relevance } from '../inputs/relevance.js';
import { gatherRows } from './training-batches.js';

/** A Frobenius norm so large that the spectral one is above 1. */
const LARGE = 1e4;

/** Right sides that are solved for at once. */
const BLOCK = 4;

/** Pairs of rows, one a query and relevant document. */
export interface PairRows {
  readonly x: Matrix;
  readonly y: Matrix;
}

/** The pairs of the queries given and each of their relevant documents. */
export function pairRows(queries: Matrix, documents: Matrix, relevance: Relevance, rows: readonly number[]): PairRows {
  const pairs = rows.flatMap((query) => (relevance[query] ?? []).map(({ document }) => [query, document] as const));
  const side = (from: Matrix, at: readonly number[]) => matrix(gatherRows(from, at), at.length, from.cols);
  return {
    x: side(
      queries,
      pairs.map(([query]) => query),
    ),
    y: side(
      documents,
      pairs.map(([, document]) => document),
    ),
  };
}

/**
 * The rotation (or reflection) M that brings queries nearest to their documents: min |X Mᵀ - Y| over orthogonal M, the
 * polar factor of Yᵀ X (Schönemann 1966), y.cols x x.cols; between two sizes, with orthonormal rows or columns, the one
 * of the largest sum of inner products. Where the pairs span fewer directions than there are, M is as near as may be
 * to the identity in the others, and the identity where they cancel out.
 */
export function procrustes({ x, y }: PairRows, options: CoreOptions = {}): Matrix {
  const cross = gram(y, x, options);
  const shorter = Math.min(x.cols, y.cols);
  // A share of the identity decides what the pairs leave open, far below what they say.
  const share = x.rows < shorter ? 1e-4 : 1e-7;
  const size = lengthOf(cross);
  // What is left of pairs that cancel out is rounding.
  if (size <= 1e-6 * lengthOf(x.data) * lengthOf(y.data)) return firstDiagonal(y.cols, x.cols);
  for (let i = 0; i < shorter; i++) cross[i * x.cols + i] = cross[i * x.cols + i] + share * size;
  // Björck's iteration takes norms below the root of 3, and is short where the largest is near 1.
  for (let i = 0; i < cross.length; i++) cross[i] *= LARGE / size;
  const { matrix: scaled } = scaleToSpectralNorm(matrix(cross, y.cols, x.cols));
  return orthonormalise(scaled, { method: 'bjorck' }).matrix;
}

/** The identity; between two sizes, its first rows or columns. */
function firstDiagonal(rows: number, cols: number): Matrix {
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < Math.min(rows, cols); i++) data[i * cols + i] = 1;
  return matrix(data, rows, cols);
}

/**
 * Ridge regression of documents on queries: min |X Mᵀ - Y|² + strength |M|², solved by Cholesky's method in float64.
 *
 * @param strength above 0, in the unit of squared rows
 */
export function ridge({ x, y }: PairRows, strength: number, options: CoreOptions = {}): Matrix {
  const d = x.cols;
  const square = Float64Array.from(gram(x, x, options));
  for (let i = 0; i < d; i++) square[i * d + i] = square[i * d + i] + strength;
  // Row j of XᵀY solves for row j of Mᵀ; solved by columns of Mᵀ, which are the rows of M.
  const right = Float64Array.from(gram(y, x, options));
  choleskyFactor(square, d);
  for (let row = 0; row < y.cols; row += BLOCK) choleskySolve(square, right.subarray(row * d, (row + BLOCK) * d), d);
  return matrix(Float32Array.from(right), y.cols, d);
}

/** The rows mapped by M and normalised; the identity's where M takes one to 0. */
export function applyMap(map: Matrix, rows: Matrix, options: CoreOptions = {}): Matrix {
  const product = createProduct({ rows: rows.rows, cols: map.rows, depth: map.cols }, options);
  try {
    const out = multiply(product, rows.data, map.data).slice();
    normaliseRows(out, map.rows);
    return matrix(out, rows.rows, map.rows);
  } finally {
    product.dispose();
  }
}

/** Aᵀ B, a.cols x b.cols. */
function gram(a: Matrix, b: Matrix, options: CoreOptions): Float32Array {
  const product = createProduct({ rows: a.cols, cols: b.cols, depth: a.rows }, options);
  try {
    transposeInto(product.a(), a.data, a.rows, a.cols);
    transposeInto(product.b(), b.data, b.rows, b.cols);
    return computed(product).slice();
  } finally {
    product.dispose();
  }
}

/** Overwrites the lower triangle of a positive definite matrix by its Cholesky factor. */
function choleskyFactor(a: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i === j ? Math.sqrt(sum) : sum / a[j * n + j];
    }
  }
}

/** Overwrites each row b, of four or fewer, by the solution of L Lᵀ s = b. */
function choleskySolve(l: Float64Array, rows: Float64Array, n: number): void {
  // Four at once: L, which is larger than the caches, is read once for all of them.
  const [a, b, c, d] = [0, 1, 2, 3].map((at) => Float64Array.from({ length: n }, (_, k) => rows[at * n + k] ?? 0));
  for (let i = 0; i < n; i++) {
    const start = i * n;
    let [p, q, r, s] = [a[i], b[i], c[i], d[i]];
    for (let k = 0; k < i; k++) {
      const factor = l[start + k];
      p -= factor * a[k];
      q -= factor * b[k];
      r -= factor * c[k];
      s -= factor * d[k];
    }
    const inverse = 1 / l[start + i];
    [a[i], b[i], c[i], d[i]] = [p * inverse, q * inverse, r * inverse, s * inverse];
  }
  for (let i = n - 1; i >= 0; i--) {
    const start = i * n;
    const inverse = 1 / l[start + i];
    const [p, q, r, s] = [a[i] * inverse, b[i] * inverse, c[i] * inverse, d[i] * inverse];
    for (let k = 0; k < i; k++) {
      const factor = l[start + k];
      a[k] -= factor * p;
      b[k] -= factor * q;
      c[k] -= factor * r;
      d[k] -= factor * s;
    }
    [a[i], b[i], c[i], d[i]] = [p, q, r, s];
  }
  [a, b, c, d].forEach((solved, at) => {
    if (at * n < rows.length) rows.set(solved, at * n);
  });
}
