import { type Matrix, matrix } from '../../ts/wasm/matrix.js';
import { symmetricEigen } from './symmetric-eigen.js';

/** Directions beyond those asked for: they make the subspace iteration converge in a few rounds. */
const OVERSAMPLING = 16;
const ROUNDS = 4;

/** Maps features to their first principal components. */
export type Projection = (features: Matrix) => Matrix;

/**
 * The first `count` principal components of the rows of `features`, by subspace iteration on the covariance.
 *
 * @see Halko, Martinsson and Tropp 2011, algorithm 4.4, https://arxiv.org/abs/0909.4061
 */
export function principalComponents(features: Matrix, count: number): Projection {
  const mean = columnMeans(features);
  const covariance = covarianceOf(features, mean);
  const size = Math.min(count + OVERSAMPLING, features.cols);
  let basis = orthonormal(startingDirections(features.cols, size));
  for (let round = 0; round < ROUNDS; round++) basis = orthonormal(basis.map((vector) => multiply(covariance, vector)));
  const images = basis.map((vector) => multiply(covariance, vector));
  const { vectors } = symmetricEigen(basis.map((a) => Float64Array.from(images, (b) => dot(a, b))));
  const directions = vectors.slice(0, count).map((weights) => combine(basis, weights));
  return (rows) => projected(rows, mean, directions);
}

function columnMeans({ data, rows, cols }: Matrix): Float64Array {
  const mean = new Float64Array(cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) mean[j] += data[i * cols + j] / rows;
  return mean;
}

/** The covariance of the columns, by rows. Pixels that are zero are passed over: most of a picture of digits is. */
function covarianceOf({ data, rows, cols }: Matrix, mean: Float64Array): readonly Float64Array[] {
  const sums = Array.from({ length: cols }, () => new Float64Array(cols));
  for (let i = 0; i < rows; i++) {
    const row = data.subarray(i * cols, (i + 1) * cols);
    const present: number[] = [];
    row.forEach((value, j) => {
      if (value !== 0) present.push(j);
    });
    present.forEach((j, at) => {
      for (let next = at; next < present.length; next++) sums[j][present[next]] += row[j] * row[present[next]];
    });
  }
  for (let j = 0; j < cols; j++) {
    for (let k = j; k < cols; k++) sums[k][j] = sums[j][k] = sums[j][k] / rows - mean[j] * mean[k];
  }
  return sums;
}

/** Directions in general position, the same each time. */
function startingDirections(cols: number, count: number): readonly Float64Array[] {
  return Array.from({ length: count }, (_, i) =>
    Float64Array.from({ length: cols }, (_, j) => Math.sin((i + 1) * (j + 1))),
  );
}

/** Gram-Schmidt, each vector passed twice so that rounding leaves them orthogonal. */
function orthonormal(vectors: readonly Float64Array[]): readonly Float64Array[] {
  const done: Float64Array[] = [];
  for (const vector of vectors) {
    const rest = Float64Array.from(vector);
    for (let pass = 0; pass < 2; pass++) for (const unit of done) subtract(rest, unit, dot(rest, unit));
    const norm = Math.sqrt(dot(rest, rest));
    if (norm > 0) done.push(rest.map((value) => value / norm));
  }
  return done;
}

function subtract(from: Float64Array, vector: Float64Array, factor: number): void {
  for (let j = 0; j < from.length; j++) from[j] -= factor * vector[j];
}

function multiply(rows: readonly Float64Array[], vector: Float64Array): Float64Array {
  return Float64Array.from(rows, (row) => dot(row, vector));
}

function combine(vectors: readonly Float64Array[], weights: Float64Array): Float64Array {
  const sum = new Float64Array(vectors[0].length);
  vectors.forEach((vector, i) => {
    subtract(sum, vector, -weights[i]);
  });
  return sum;
}

function projected({ data, rows, cols }: Matrix, mean: Float64Array, directions: readonly Float64Array[]): Matrix {
  const out = new Float32Array(rows * directions.length);
  const row = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) row[j] = data[i * cols + j] - mean[j];
    directions.forEach((direction, k) => {
      out[i * directions.length + k] = dot(direction, row);
    });
  }
  return matrix(out, rows, directions.length);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
