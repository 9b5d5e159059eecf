import type { Head, HeadTensor, Layer } from './head.js';
import { normaliseRows } from './head-pass.js';

/** One vector of length 1 as a head maps it, in plain JavaScript, with sums in float64. */
export function mapVector({ kind, layers }: Head, x: Float32Array): Float32Array {
  const mapped = layers.reduce<ArrayLike<number>>(applied, x);
  const y = Float32Array.from(mapped, (value, i) => (kind.isResidual ? value + x[i] : value));
  normaliseRows(y, y.length);
  return y;
}

function applied(x: ArrayLike<number>, { weight, bias, activation }: Layer): Float64Array {
  const out = times(weight, x);
  for (let i = 0; i < out.length; i++) {
    const sum = out[i] + (bias?.data[i] ?? 0);
    out[i] = activation?.value(sum) ?? sum;
  }
  return out;
}

function times({ data, rows, cols }: HeadTensor, x: ArrayLike<number>): Float64Array {
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let k = 0; k < cols; k++) sum += data[i * cols + k] * x[k];
    out[i] = sum;
  }
  return out;
}
