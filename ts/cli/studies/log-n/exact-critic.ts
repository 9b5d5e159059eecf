import { gaussianCorrelation } from '../../../data/gaussian-pairs.js';
import type { Matrix } from '../../../wasm/matrix.js';

/** Features of rows whose inner products are scores. */
export type Features = (rows: Matrix) => Matrix;

/**
 * The logarithm of p(x, y) / (p(x) p(y)) of correlated Gaussians as a separable critic: of one coordinate
 * -½ ln(1 - ρ²) + (ρ x y - ½ ρ² (x² + y²)) / (1 - ρ²), so that three kinds of features give it: ρ x / (1 - ρ²) against
 * y, the term in x² against 1, and 1 against that in y².
 *
 * `shift` is added to every score: the best critic of NWJ is the logarithm plus 1.
 */
export function exactCritic(
  dimensions: number,
  nats: number,
  shift = 0,
): { readonly x: Features; readonly y: Features } {
  const rho = gaussianCorrelation(dimensions, nats);
  const free = Math.exp((-2 * nats) / dimensions);
  const curvature = (rho * rho) / (2 * free);
  return {
    x: (rows) => features(rows, rho / free, (squares) => [nats + shift - curvature * squares, 1]),
    y: (rows) => features(rows, 1, (squares) => [1, -curvature * squares]),
  };
}

/** The rows times `scale`, and two more columns. */
function features(
  { data, rows, cols }: Matrix,
  scale: number,
  more: (squares: number) => readonly [number, number],
): Matrix {
  const width = cols + 2;
  const out = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const values = data.subarray(row * cols, (row + 1) * cols);
    out.set(
      values.map((value) => scale * value),
      row * width,
    );
    out.set(more(values.reduce((sum, value) => sum + value * value, 0)), row * width + cols);
  }
  return { data: out, rows, cols: width };
}
