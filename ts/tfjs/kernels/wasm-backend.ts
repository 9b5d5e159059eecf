import {
  type DataType,
  getKernel,
  type KernelConfig,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { CoreOptions } from '../../wasm/core.js';
import { DataError, StateError } from '../../wasm/errors.js';

/** What kernels use of TensorFlow.js's wasm backend, whose package this one does not import. */
export interface WasmBackend {
  /** A tensor without values yet. Its memory may grow, and all views of it end. */
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  /** A tensor's values, where they lie. */
  typedArrayFromHeap(tensor: TensorInfo): Float32Array | Int32Array | Uint8Array;
  /** Gives up a tensor that a kernel has made. */
  disposeData(dataId: object): boolean;
}

/** The tensors that a kernel is called with; some are optional. */
export type Inputs = Readonly<Record<string, TensorInfo | undefined>>;

/** A call of a kernel. */
export interface KernelCall {
  readonly inputs: Inputs;
  readonly attributes: NamedAttrMap;
  readonly backend: WasmBackend;
  /** How the core is to compute. */
  readonly options: CoreOptions;
  /**
   * The result of the kernel that the backend has itself.
   *
   * @throws {StateError} where it has none
   */
  readonly own: (changed?: Partial<Pick<KernelCall, 'inputs' | 'attributes'>>) => TensorInfo;
}

/** A kernel of TensorFlow.js, on our core. */
export interface Kernel {
  /** Its name in TensorFlow.js. */
  readonly name: string;
  readonly run: (call: KernelCall) => TensorInfo;
}

/**
 * An input.
 *
 * @throws {StateError} where the kernel was called without
 */
export function input(inputs: Inputs, name: string): TensorInfo {
  const tensor = inputs[name];
  if (tensor === undefined || tensor === null) throw new StateError(`a kernel was called without its input '${name}'`);
  return tensor;
}

/**
 * The values of a float32 tensor where they lie, until the backend's memory grows: make outputs first.
 *
 * @throws {DataError} on another type
 */
export function floatsOf(backend: WasmBackend, tensor: TensorInfo): Float32Array {
  const values = backend.typedArrayFromHeap(tensor);
  if (values instanceof Float32Array) return values;
  throw new DataError(`this kernel takes float32 tensors, got ${tensor.dtype}: cast it first`);
}

/**
 * A float32 tensor that `write` fills; given up where it throws. Views of inputs belong into `write`: they end when an
 * output is made.
 */
export function floatOutput(
  backend: WasmBackend,
  shape: readonly number[],
  write: (to: Float32Array) => void,
): TensorInfo {
  const out = backend.makeOutput([...shape], 'float32');
  try {
    write(floatsOf(backend, out));
    return out;
  } catch (error) {
    backend.disposeData(out.dataId);
    throw error;
  }
}

/** A float32 tensor that is linear in each of two float32 operands: 0 where one has no numbers, else what `write` fills in. */
export function bilinearOutput(
  backend: WasmBackend,
  shape: readonly number[],
  [a, b]: readonly [TensorInfo, TensorInfo],
  write: (operands: readonly [Float32Array, Float32Array], to: Float32Array) => void,
): TensorInfo {
  return floatOutput(backend, shape, (to) => {
    if (isEmpty(a) || isEmpty(b)) to.fill(0);
    else write([floatsOf(backend, a), floatsOf(backend, b)], to);
  });
}

/** What `work` makes of tensors, which are given up after it, and where it throws. */
export function consume<T>(backend: WasmBackend, tensors: readonly TensorInfo[], work: () => T): T {
  try {
    return work();
  } finally {
    for (const { dataId } of tensors) backend.disposeData(dataId);
  }
}

/** Whether a tensor has no numbers at all. */
export function isEmpty({ shape }: TensorInfo): boolean {
  return shape.includes(0);
}

/**
 * The result of another kernel of the same backend.
 *
 * @throws {StateError} where the backend has none of that name
 */
export function callKernel(
  backend: WasmBackend,
  name: string,
  inputs: Readonly<Record<string, TensorInfo>>,
  attrs: NamedAttrMap = {},
): TensorInfo {
  const kernel = getKernel(name, 'wasm');
  if (kernel === undefined) throw new StateError(`the wasm backend has no kernel '${name}'`);
  return runKernel(kernel, backend, inputs, attrs);
}

/** The result of a kernel that TensorFlow.js knows. */
export function runKernel(
  { kernelName, kernelFunc }: KernelConfig,
  backend: WasmBackend,
  inputs: Inputs,
  attrs: NamedAttrMap,
): TensorInfo {
  const result = kernelFunc({ inputs: { ...inputs } as NamedTensorInfoMap, attrs, backend });
  const tensor = Array.isArray(result) ? result[0] : result;
  if (tensor === undefined) throw new StateError(`the kernel '${kernelName}' gave no tensor`);
  return tensor;
}
