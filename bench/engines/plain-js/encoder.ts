import { product, productTransposed, transposedProduct } from './products.js';

/** A multi-layer perceptron on a fixed batch size: dense layers with ReLU between them. */
export interface Encoder {
  /** Weights [out, in] and biases, layer by layer: w0, b0, w1, b1, ... */
  readonly parameters: readonly Float32Array[];
  /** In the order of `parameters`; overwritten by every `backward`. */
  readonly gradients: readonly Float32Array[];
  /** [n, widths.at(-1)], overwritten by the next call. */
  forward(x: Float32Array): Float32Array;
  /** From the gradient with respect to the output of the last `forward`. The input's gradient isn't needed. */
  backward(dOutput: Float32Array): void;
}

interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly dWeights: Float32Array;
  readonly dBias: Float32Array;
  readonly output: Float32Array;
  readonly dInput: Float32Array;
}

/** An encoder with the given weights (copied), biases of 0, and buffers for batches of `n`. */
export function encoder(widths: readonly number[], n: number, weights: readonly Float32Array[]): Encoder {
  const layers = weights.map((matrix, index) => layer(widths[index], widths[index + 1], n, matrix));
  let input: Float32Array = new Float32Array(0);
  return {
    parameters: layers.flatMap(({ weights, bias }) => [weights, bias]),
    gradients: layers.flatMap(({ dWeights, dBias }) => [dWeights, dBias]),
    forward: (x) => {
      input = x;
      return layers.reduce((value, current, index) => forward(current, value, n, index < layers.length - 1), x);
    },
    backward: (dOutput) => {
      let gradient = dOutput;
      for (let index = layers.length - 1; index >= 0; index -= 1) {
        const below = index > 0 ? layers[index - 1].output : input;
        backward(layers[index], below, gradient, n);
        if (index > 0) gradient = throughReLU(layers[index], below, gradient, n);
      }
    },
  };
}

function layer(inputs: number, outputs: number, n: number, weights: Float32Array): Layer {
  return {
    inputs,
    outputs,
    weights: weights.slice(),
    bias: new Float32Array(outputs),
    dWeights: new Float32Array(outputs * inputs),
    dBias: new Float32Array(outputs),
    output: new Float32Array(n * outputs),
    dInput: new Float32Array(n * inputs),
  };
}

function forward(layer: Layer, x: Float32Array, n: number, rectified: boolean): Float32Array {
  const { inputs, outputs, weights, bias, output } = layer;
  productTransposed(x, weights, output, n, outputs, inputs);
  for (let i = 0; i < n; i += 1) {
    for (let o = 0; o < outputs; o += 1) {
      const sum = output[i * outputs + o] + bias[o];
      output[i * outputs + o] = rectified && sum < 0 ? 0 : sum;
    }
  }
  return output;
}

function backward(layer: Layer, x: Float32Array, dOutput: Float32Array, n: number): void {
  const { inputs, outputs, dWeights, dBias } = layer;
  transposedProduct(dOutput, x, dWeights, outputs, inputs, n);
  dBias.fill(0);
  for (let i = 0; i < n; i += 1) {
    for (let o = 0; o < outputs; o += 1) dBias[o] += dOutput[i * outputs + o];
  }
}

function throughReLU(layer: Layer, rectified: Float32Array, dOutput: Float32Array, n: number): Float32Array {
  const { inputs, outputs, weights, dInput } = layer;
  product(dOutput, weights, dInput, n, inputs, outputs);
  for (let k = 0; k < dInput.length; k += 1) if (rectified[k] === 0) dInput[k] = 0;
  return dInput;
}
