/** Objectives on a stored score matrix S [n, m]: each returns the value and writes its gradient into `gradient`. */
export type Objective = (scores: Float32Array, gradient: Float32Array, n: number, m: number) => number;

/** mean_i [S_ii - logsumexp_j S_ij] + log m (van den Oord et al. 2018). */
export function infoNCE(scores: Float32Array, gradient: Float32Array, n: number, m: number): number {
  let value = 0;
  for (let i = 0; i < n; i += 1) {
    const row = i * m;
    let max = -Infinity;
    for (let j = 0; j < m; j += 1) max = Math.max(max, scores[row + j]);
    let sum = 0;
    for (let j = 0; j < m; j += 1) {
      gradient[row + j] = Math.exp(scores[row + j] - max);
      sum += gradient[row + j];
    }
    const factor = -1 / (n * sum);
    for (let j = 0; j < m; j += 1) gradient[row + j] *= factor;
    gradient[row + i] += 1 / n;
    value += scores[row + i] - max - Math.log(sum);
  }
  return value / n + Math.log(m);
}

/** Half the sum of {@link infoNCE} by rows and by columns; square scores only. */
export function infoNCESymmetric(scores: Float32Array, gradient: Float32Array, n: number): number {
  const transposed = transpose(scores, n);
  const columnGradient = new Float32Array(n * n);
  const value = infoNCE(scores, gradient, n, n) + infoNCE(transposed, columnGradient, n, n);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < n; j += 1) gradient[i * n + j] = 0.5 * (gradient[i * n + j] + columnGradient[j * n + i]);
  }
  return value / 2;
}

/** mean_i S_ii less the mean of the scores off the diagonal (Ozair et al. 2019, the unbiased form). */
export function wdm(scores: Float32Array, gradient: Float32Array, n: number, m: number): number {
  const off = n * (m - 1);
  let paired = 0;
  let total = 0;
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < m; j += 1) total += scores[i * m + j];
    paired += scores[i * m + i];
  }
  gradient.fill(-1 / off);
  for (let i = 0; i < n; i += 1) gradient[i * m + i] = 1 / n;
  return paired / n - (total - paired) / off;
}

function transpose(a: Float32Array, n: number): Float32Array {
  const out = new Float32Array(n * n);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < n; j += 1) out[j * n + i] = a[i * n + j];
  }
  return out;
}
