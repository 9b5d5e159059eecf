/** Euclidean distances of rows and what comes back through them, by direct differences. */

/** out_ij = |x_i - y_j| for x [n, d] and y [m, d]. */
export function distances(x: Float32Array, y: Float32Array, out: Float32Array, n: number, m: number, d: number): void {
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < m; j += 1) {
      let squares = 0;
      for (let k = 0; k < d; k += 1) {
        const difference = x[i * d + k] - y[j * d + k];
        squares += difference * difference;
      }
      out[i * m + j] = Math.sqrt(squares);
    }
  }
}

/** dx_i = Σ_j f_ij (x_i - y_j) and dy_j = Σ_i f_ij (y_j - x_i). */
export function differences(
  factors: Float32Array,
  x: Float32Array,
  y: Float32Array,
  dX: Float32Array,
  dY: Float32Array,
  n: number,
  m: number,
  d: number,
): void {
  dX.fill(0);
  dY.fill(0);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < m; j += 1) {
      const factor = factors[i * m + j];
      for (let k = 0; k < d; k += 1) {
        const part = factor * (x[i * d + k] - y[j * d + k]);
        dX[i * d + k] += part;
        dY[j * d + k] -= part;
      }
    }
  }
}
