import type { Matrix } from '../../ts/wasm/matrix.js';
import { symmetricEigen } from './symmetric-eigen.js';

/** A plane in feature space: a point (u, v) for each row of features. */
export type Plane = (features: Matrix) => { readonly x: readonly number[]; readonly y: readonly number[] };

/** A share of the mean variance, added to every direction: keeps directions of no variance from ruling. */
const RIDGE = 1e-3;

/**
 * The plane in which the classes of `labels` lie furthest apart for their spread: Fisher's linear discriminants, the
 * first two eigenvectors of the between-class scatter after the within-class scatter has been made spherical.
 *
 * @see Fisher 1936; Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, section 4.3.3
 */
export function discriminantPlane(features: Matrix, labels: readonly number[]): Plane {
  const { cols } = features;
  const means = classMeans(features, labels);
  const within = scatter(features.rows, cols, (i, j) => features.data[i * cols + j] - (means.get(labels[i])?.[j] ?? 0));
  const whiten = inverseSquareRoot(within);
  const total = columnMeans(features);
  const centred = [...means.values()].map((mean) =>
    apply(
      whiten,
      mean.map((value, j) => value - total[j]),
    ),
  );
  const between = scatter(centred.length, cols, (i, j) => centred[i][j]);
  const [u, v] = symmetricEigen(between).vectors.map((vector) => apply(whiten, vector));
  return (rows) => ({ x: project(rows, u, total), y: project(rows, v ?? u, total) });
}

function classMeans({ data, rows, cols }: Matrix, labels: readonly number[]): ReadonlyMap<number, Float64Array> {
  const means = new Map<number, Float64Array>();
  const counts = new Map<number, number>();
  for (let i = 0; i < rows; i++) {
    const label = labels[i];
    const mean = means.get(label) ?? new Float64Array(cols);
    for (let j = 0; j < cols; j++) mean[j] += data[i * cols + j];
    means.set(label, mean);
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  for (const [label, mean] of means) for (let j = 0; j < cols; j++) mean[j] /= counts.get(label) ?? 1;
  return means;
}

function columnMeans({ data, rows, cols }: Matrix): Float64Array {
  const mean = new Float64Array(cols);
  data.forEach((value, i) => {
    mean[i % cols] += value / rows;
  });
  return mean;
}

/** Mean products of the columns of a matrix that is given by its elements. */
function scatter(rows: number, cols: number, at: (row: number, col: number) => number): readonly Float64Array[] {
  const sums = Array.from({ length: cols }, () => new Float64Array(cols));
  const row = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) row[j] = at(i, j) / Math.sqrt(rows);
    for (let j = 0; j < cols; j++) for (let k = 0; k < cols; k++) sums[j][k] += row[j] * row[k];
  }
  return sums;
}

/** The symmetric inverse square root of a covariance matrix, by rows. */
function inverseSquareRoot(matrix: readonly Float64Array[]): readonly Float64Array[] {
  const { values, vectors } = symmetricEigen(matrix);
  const floor = Math.max((RIDGE * values.reduce((sum, value) => sum + value, 0)) / values.length, Number.MIN_VALUE);
  return matrix.map((_, i) =>
    Float64Array.from(matrix, (_, j) =>
      vectors.reduce((sum, vector, k) => sum + (vector[i] * vector[j]) / Math.sqrt(values[k] + floor), 0),
    ),
  );
}

function apply(rows: readonly Float64Array[], vector: Float64Array): Float64Array {
  return Float64Array.from(rows, (row) => row.reduce((sum, value, j) => sum + value * vector[j], 0));
}

function project({ data, rows, cols }: Matrix, direction: Float64Array, origin: Float64Array): readonly number[] {
  return Array.from({ length: rows }, (_, i) =>
    direction.reduce((sum, weight, j) => sum + weight * (data[i * cols + j] - origin[j]), 0),
  );
}
