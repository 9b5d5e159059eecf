import type { ChainTensor } from '../encoders/layer-chain.js';

/** From [out, in, height, width] to [height, width, in, out]; see {@link TO_TORCH} for the way back. */
const TO_TENSORFLOW = [2, 3, 1, 0] as const;
const TO_TORCH = [3, 2, 0, 1] as const;
const EACH_TO_TORCH = [2, 3, 0, 1] as const;

/** A convolution's weight as TensorFlow has it: [height, width, in, out]. */
export function convolutionKernel(weight: ChainTensor): ChainTensor {
  return permuted(weight, TO_TENSORFLOW);
}

/** A convolution's weight as PyTorch has it: [out, in, height, width]. */
export function convolutionWeight(kernel: ChainTensor): ChainTensor {
  return permuted(kernel, TO_TORCH);
}

/** The weight of a convolution of each channel by itself, [height, width, in, each], as PyTorch has it: [in * each, 1, height, width]. */
export function depthwiseWeight(kernel: ChainTensor): ChainTensor {
  const [height = 0, width = 0, channels = 0, each = 0] = kernel.shape;
  return { ...permuted(kernel, EACH_TO_TORCH), shape: [channels * each, 1, height, width] };
}

/**
 * A dense layer's weight [out, in] as TensorFlow has it, [in, out]. Where its inputs are flattened images, of `planes`
 * (channels, height and width), they are channels last in TensorFlow: the layer is a convolution of the images' size.
 */
export function denseKernel(weight: ChainTensor, planes: readonly number[] | null): ChainTensor {
  const [out = 0, inputs = 0] = weight.shape;
  const shape = [out, ...(planes ?? [inputs, 1, 1])];
  return { ...convolutionKernel({ ...weight, shape }), shape: [inputs, out] };
}

/** The other way round: {@link denseKernel}. */
export function denseWeight(kernel: ChainTensor, planes: readonly number[] | null): ChainTensor {
  const [inputs = 0, out = 0] = kernel.shape;
  const [channels = 0, height = 0, width = 0] = planes ?? [inputs, 1, 1];
  return { ...convolutionWeight({ ...kernel, shape: [height, width, channels, out] }), shape: [out, inputs] };
}

/** A tensor of four axes with its axes in another order: axis i of the result is axis `axes[i]` of the given one. */
function permuted({ shape, data }: ChainTensor, axes: readonly [number, number, number, number]): ChainTensor {
  const strides = [1, 1, 1, 1];
  for (let axis = 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];
  const [a, b, c, d] = axes.map((axis) => shape[axis]);
  const [ofA, ofB, ofC, ofD] = axes.map((axis) => strides[axis]);
  const out = new Float32Array(data.length);
  let at = 0;
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      for (let k = 0; k < c; k++) {
        for (let l = 0; l < d; l++) out[at++] = data[i * ofA + j * ofB + k * ofC + l * ofD];
      }
    }
  }
  return { shape: [a, b, c, d], data: out };
}
