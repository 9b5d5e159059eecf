import type { Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';

/** The tensor of a layer that takes one, as layers are called. */
export function onlyTensor(inputs: Tensor | Tensor[]): Tensor {
  return Array.isArray(inputs) ? inputs[0] : inputs;
}

/** The length of the last axis of a layer's one input, as layers are built. */
export function lastAxis(inputShape: Shape | Shape[]): number {
  const [shape] = Array.isArray(inputShape[0]) ? (inputShape as Shape[]) : [inputShape as Shape];
  return shape.at(-1) ?? 0;
}
