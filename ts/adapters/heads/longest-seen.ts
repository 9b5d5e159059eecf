import type { Head, Layer } from './head.js';

const STEPS = 8;

/**
 * The length of the longest f(x) that a climb over |x| = 1 meets, in plain JavaScript: no certificate, but none that says
 * less is true. Of a chain of matrices the climb is power iteration.
 */
export function longestSeen({ layers, input }: Head): number {
  // Of no symmetry that a matrix is likely to have.
  let x = normalised(Float64Array.from({ length: input }, (_, i) => 1 + ((i * 7919) % 101) / 101));
  let longest = 0;
  for (let step = 0; step < STEPS; step++) {
    const values: Float64Array[] = [];
    let y = x;
    for (const layer of layers) {
      y = applied(layer, y);
      values.push(y);
    }
    longest = Math.max(longest, lengthOf(y));
    let slope = y;
    for (let at = layers.length - 1; at >= 0; at--) slope = pulledBack(layers[at], values[at], slope);
    if (!(lengthOf(slope) > 0)) return longest;
    x = normalised(slope);
  }
  return longest;
}

function applied({ weight, bias, activation }: Layer, x: Float64Array): Float64Array {
  return Float64Array.from({ length: weight.rows }, (_, i) => {
    let sum = bias?.data[i] ?? 0;
    for (let k = 0; k < weight.cols; k++) sum += weight.data[i * weight.cols + k] * x[k];
    return activation?.value(sum) ?? sum;
  });
}

/** The slope by a layer's input, given its values and that by them. */
function pulledBack({ weight, activation }: Layer, values: Float64Array, slope: Float64Array): Float64Array {
  const out = new Float64Array(weight.cols);
  for (let i = 0; i < weight.rows; i++) {
    const own = slope[i] * (activation?.slope(values[i]) ?? 1);
    for (let k = 0; k < out.length; k++) out[k] += own * weight.data[i * weight.cols + k];
  }
  return out;
}

function normalised(x: Float64Array): Float64Array {
  const length = lengthOf(x);
  return x.map((value) => value / length);
}

function lengthOf(x: Float64Array): number {
  return Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
}
