import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import { OptionsError } from '../../wasm/errors.js';
import type { TensorActivation, TensorEpilogue } from '../../wasm/tensor-epilogue.js';
import { callKernel, consume, floatsOf, type Inputs, type WasmBackend } from './wasm-backend.js';

/** The kernel that computes each fused activation by itself. */
const KERNELS: Readonly<Record<Exclude<TensorActivation, 'linear'>, string>> = {
  relu: 'Relu',
  relu6: 'Relu6',
  leakyrelu: 'LeakyRelu',
  prelu: 'Prelu',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
};

/** What a fused kernel does to its result: a bias, then an activation. */
export interface Fusion {
  readonly bias?: TensorInfo;
  readonly activation: TensorActivation;
  readonly slopes?: TensorInfo;
  readonly slope: number;
}

/** Nothing. */
export const NO_FUSION: Fusion = { activation: 'linear', slope: 0 };

/**
 * The fusion that a kernel is called with.
 *
 * @throws {OptionsError} on an activation that TensorFlow.js does not fuse
 */
export function fusionOf(inputs: Inputs, attributes: NamedAttrMap): Fusion {
  const { bias, preluActivationWeights } = inputs;
  const activation = attributes.activation ?? 'linear';
  if (!isActivation(activation)) {
    throw new OptionsError(`activation must be linear or ${Object.keys(KERNELS).join(', ')}, got ${activation}`);
  }
  return {
    ...(bias && { bias }),
    activation,
    ...(preluActivationWeights && { slopes: preluActivationWeights }),
    slope: Number(attributes.leakyreluAlpha ?? 0.2),
  };
}

/** Whether bias and slopes have a number a column, so that the core does it all; other shapes take {@link fuseAfter}. */
export function isByColumn({ bias, slopes }: Fusion, cols: number): boolean {
  const isRow = (tensor: TensorInfo | undefined): boolean =>
    tensor === undefined ||
    (tensor.shape.at(-1) === cols && tensor.shape.every((size, i, all) => i === all.length - 1 || size === 1));
  return isRow(bias) && isRow(slopes);
}

/** As the core takes it. */
export function epilogueOf(backend: WasmBackend, { bias, activation, slopes, slope }: Fusion): TensorEpilogue {
  return {
    activation,
    slope,
    ...(bias && { bias: floatsOf(backend, bias) }),
    ...(slopes && { slopes: floatsOf(backend, slopes) }),
  };
}

/** The fusion by kernels of its own, for biases and slopes of any shape; gives up the product. */
export function fuseAfter(backend: WasmBackend, product: TensorInfo, fusion: Fusion): TensorInfo {
  const { bias, activation, slopes, slope } = fusion;
  const biased = bias ? replaced(backend, product, (a) => callKernel(backend, 'Add', { a, b: bias })) : product;
  if (activation === 'linear') return biased;
  return replaced(backend, biased, (x) =>
    callKernel(backend, KERNELS[activation], { x, ...(slopes && { alpha: slopes }) }, { alpha: slope }),
  );
}

/**
 * The same for int32, as the cpu backend has it: cut to whole numbers after the bias, and after an activation but for the
 * leaky ones, which give float32. Sums with a bias or an activation are exact up to 2²⁴.
 */
export function fuseIntegers(backend: WasmBackend, product: TensorInfo, fusion: Fusion): TensorInfo {
  const { bias, activation } = fusion;
  const cast = (tensor: TensorInfo, dtype: 'float32' | 'int32'): TensorInfo =>
    replaced(backend, tensor, (x) => callKernel(backend, 'Cast', { x }, { dtype }));
  let result = product;
  if (bias?.dtype === 'int32') result = fuseAfter(backend, result, { ...NO_FUSION, bias });
  else if (bias) result = cast(fuseAfter(backend, cast(result, 'float32'), { ...NO_FUSION, bias }), 'int32');
  if (activation === 'linear') return result;
  const { bias: _, ...rest } = fusion;
  // e^x - 1 of what is negative is cut to 0, and its float32 would be -1 from -17 on.
  const after: Fusion = activation === 'elu' ? { ...rest, activation: 'relu' } : rest;
  const activated = fuseAfter(backend, cast(result, 'float32'), after);
  return activation === 'prelu' || activation === 'leakyrelu' ? activated : cast(activated, 'int32');
}

function replaced(backend: WasmBackend, tensor: TensorInfo, by: (tensor: TensorInfo) => TensorInfo): TensorInfo {
  return consume(backend, [tensor], () => by(tensor));
}

function isActivation(name: unknown): name is TensorActivation {
  return name === 'linear' || (typeof name === 'string' && Object.hasOwn(KERNELS, name));
}
