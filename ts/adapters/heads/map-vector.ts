import type { Head, HeadTensor, Layer } from './head.js';
import { normaliseRows } from './head-pass.js';

/** One vector of length 1 as a head maps it, in plain JavaScript, with sums in float64. */
export function mapVector({ kind, layers }: Head, x: Float32Array): Float32Array {
  const mapped = layers.reduce(applied, Float64Array.from(x));
  if (kind.isResidual) for (let i = 0; i < mapped.length; i++) mapped[i] += x[i];
  const y = Float32Array.from(mapped);
  normaliseRows(y, y.length);
  return y;
}

function applied(x: Float64Array, { weight, bias, activation }: Layer): Float64Array {
  const out = times(weight, x);
  if (bias !== null) for (let i = 0; i < out.length; i++) out[i] += bias.data[i];
  if (activation !== null) for (let i = 0; i < out.length; i++) out[i] = activation.value(out[i]);
  return out;
}

function times({ data, rows, cols }: HeadTensor, x: Float64Array): Float64Array {
  const out = new Float64Array(rows);
  let i = 0;
  // Four rows at once: their sums do not wait for each other, and x is read once for all.
  for (; i + 3 < rows; i += 4) {
    const first = i * cols;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let k = 0; k < cols; k++) {
      const at = first + k;
      a += data[at] * x[k];
      b += data[at + cols] * x[k];
      c += data[at + 2 * cols] * x[k];
      d += data[at + 3 * cols] * x[k];
    }
    out[i] = a;
    out[i + 1] = b;
    out[i + 2] = c;
    out[i + 3] = d;
  }
  for (; i < rows; i++) {
    let sum = 0;
    for (let k = 0; k < cols; k++) sum += data[i * cols + k] * x[k];
    out[i] = sum;
  }
  return out;
}
