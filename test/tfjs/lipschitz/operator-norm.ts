import * as tf from '@tensorflow/tfjs';
import { multiply, norm, type Rows, scale, transpose } from '../../reference/linear-algebra.js';

/** The largest singular value of a layer without its bias, as the linear map of one input to its output, in float64. */
export function operatorNorm(layer: tf.layers.Layer, inputShape: readonly number[]): number {
  return largestSingularValue(unrolled(layer, inputShape));
}

/**
 * From above and within 1e-5: |(AᵀA)^p|_F^(1/2p) with p = 2^17, by squaring. Jacobi's rotations, which the other
 * references take, do not end where a matrix has lost rank, as unrolled convolutions may.
 */
export function largestSingularValue(a: Rows): number {
  const narrow = a.length > (a[0]?.length ?? 0) ? multiply(transpose(a), a) : multiply(a, transpose(a));
  let [gram, logarithm]: [Rows, number] = [narrow, 0];
  for (let squarings = 0; squarings <= 17; squarings += 1) {
    const size = norm(gram.flat());
    if (size === 0) return 0;
    logarithm += Math.log(size) / 2 ** squarings;
    const unit = gram.map((row) => scale(row, 1 / size));
    gram = multiply(unit, unit);
  }
  return Math.exp(logarithm / 2);
}

/** The layer's matrix, a row an input and a column an output: what it makes of each unit vector. */
function unrolled(layer: tf.layers.Layer, inputShape: readonly number[]): Rows {
  return tf.tidy(() => {
    const size = inputShape.reduce((product, side) => product * side, 1);
    const images = layer.apply(tf.eye(size).reshape([size, ...inputShape])) as tf.Tensor;
    return images.reshape([size, -1]).arraySync() as number[][];
  });
}
