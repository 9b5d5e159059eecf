import type { Answer } from './problem.js';

/** Pairs that a larger batch repeats in turn, row i of it being row i mod `pairs`. */
export interface Repeated {
  readonly pairs: number;
  readonly d: number;
  /** [pairs, d] */
  readonly x: Float32Array;
  /** [pairs, d] */
  readonly y: Float32Array;
}

/**
 * InfoNCE of a batch of n that repeats a few pairs, and all its gradients, in float64: what no batch of 65,536
 * different ones could be checked against in a minute.
 *
 * With c_k copies of pair k, logsumexp_j S_ij is logsumexp_k (S_ik + log c_k), and every copy has the same gradient:
 *
 *   value = Σ_k c_k / n (S_kk - lse_k) + log n,  P_kl = exp(S_kl - lse_k)
 *   dX_k  = (y_k - Σ_l c_l P_kl y_l) / n,        dY_l = (x_l - Σ_k c_k P_kl x_k) / n
 */
export function repeatedInfoNCE({ pairs, d, x, y }: Repeated, n: number): Answer {
  const copies = Float64Array.from({ length: pairs }, (_, k) => Math.floor((n - 1 - k) / pairs) + 1);
  const dX = Float64Array.from(y);
  const dY = Float64Array.from(x);
  let value = Math.log(n);
  for (let k = 0; k < pairs; k += 1) {
    const { shares, gain } = softmax(scoresOf(k, { pairs, d, x, y }), copies, k);
    value += (copies[k] / n) * gain;
    for (let l = 0; l < pairs; l += 1) {
      subtract(dX, k * d, copies[l] * shares[l], y, l * d, d);
      subtract(dY, l * d, copies[k] * shares[l], x, k * d, d);
    }
  }
  const toBatch = (rows: Float64Array) =>
    Float32Array.from({ length: n * d }, (_, index) => rows[index % (pairs * d)] / n);
  return { value: Float32Array.of(value), dX: toBatch(dX), dY: toBatch(dY) };
}

function scoresOf(k: number, { pairs, d, x, y }: Repeated): Float64Array {
  return Float64Array.from({ length: pairs }, (_, l) => {
    let sum = 0;
    for (let c = 0; c < d; c += 1) sum += x[k * d + c] * y[l * d + c];
    return sum;
  });
}

/** Of a row of scores with so many copies of each: the softmax for one copy, and the positive's score less the lse. */
function softmax(scores: Float64Array, copies: Float64Array, positive: number) {
  const max = scores.reduce((largest, score) => Math.max(largest, score), -Infinity);
  const total = scores.reduce((sum, score, l) => sum + copies[l] * Math.exp(score - max), 0);
  const logSumExp = max + Math.log(total);
  return { shares: scores.map((score) => Math.exp(score - logSumExp)), gain: scores[positive] - logSumExp };
}

function subtract(to: Float64Array, at: number, factor: number, row: Float32Array, from: number, d: number): void {
  for (let c = 0; c < d; c += 1) to[at + c] -= factor * row[from + c];
}
