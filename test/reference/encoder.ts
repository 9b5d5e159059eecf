import { apply, entry, multiply, type Rows } from './linear-algebra.js';

/** What stands between dense layers; it is never applied after the last one. */
export type Activation = 'relu' | 'leaky-relu' | 'maxmin';

/** A dense layer: `weights` is [out, in] (y = W a + b), `bias` has one number an output. */
export interface DenseLayer {
  readonly weights: Rows;
  readonly bias?: readonly number[];
}

/** A multi-layer perceptron: activations between the layers, the last one linear. */
export interface ReferenceEncoder {
  readonly layers: readonly DenseLayer[];
  readonly activation: Activation;
}

const leakySlope = 0.01;

/** The embeddings of the rows of X. */
export function encode(encoder: ReferenceEncoder, X: Rows): number[][] {
  return X.map((x) => forward(encoder, x));
}

/** The embedding of one input. */
export function forward({ layers, activation }: ReferenceEncoder, x: readonly number[]): number[] {
  return layers.reduce((a, layer, l) => dense(layer, l === 0 ? a : activate(activation, a)), [...x]);
}

/** W a + b. */
export function dense({ weights, bias }: DenseLayer, a: readonly number[]): number[] {
  return apply(weights, a).map((value, k) => value + (bias ? entry(bias, k) : 0));
}

/** The activation of a vector of pre-activations; MaxMin maps each pair (2i, 2i + 1) to (its larger, its smaller). */
export function activate(activation: Activation, z: readonly number[]): number[] {
  return apply(activationMatrix(activation, z), z);
}

/**
 * The matrix M with activation(z) = M z, which is its Jacobian as well: all three activations are linear wherever the
 * signs (or the order within a pair) do not change. At a kink: ReLU and leaky ReLU take the side below zero, MaxMin on
 * a tie keeps the order.
 */
export function activationMatrix(activation: Activation, z: readonly number[]): number[][] {
  if (activation === 'maxmin' && z.length % 2 !== 0) throw new RangeError(`MaxMin on ${z.length} units, an odd width`);
  const below = activation === 'relu' ? 0 : leakySlope;
  return z.map((value, i) => {
    const source = activation === 'maxmin' ? maxMinSource(z, i) : i;
    const slope = activation === 'maxmin' || value > 0 ? 1 : below;
    return z.map((_, k) => (k === source ? slope : 0));
  });
}

function maxMinSource(z: readonly number[], i: number): number {
  const partner = i % 2 === 0 ? i + 1 : i - 1;
  const isSwapped = entry(z, i - (i % 2)) < entry(z, i - (i % 2) + 1);
  return isSwapped ? partner : i;
}

/** ∂(embedding)/∂x at x, of width(embedding) x width(x). */
export function inputJacobian({ layers, activation }: ReferenceEncoder, x: readonly number[]): number[][] {
  let a: readonly number[] = x;
  let jacobian: Rows | null = null;
  for (const layer of layers) {
    if (jacobian !== null) {
      const pattern = activationMatrix(activation, a);
      a = apply(pattern, a);
      jacobian = multiply(pattern, jacobian);
    }
    jacobian = jacobian === null ? layer.weights : multiply(layer.weights, jacobian);
    a = dense(layer, a);
  }
  return (jacobian ?? []).map((row) => [...row]);
}
