import { StateError } from '../../wasm/errors.js';
import { KERNELS } from './kernels.js';

/** As TensorFlow.js says that a backend has no such kernel. */
const MISSING = /^Kernel '(\w+)' not registered for backend 'wasm'/;

/**
 * What `work` gives; where it ends for want of a kernel that `registerKernels` brings, the error says to call it.
 *
 * @throws {StateError} then, with TensorFlow.js's own error as its cause
 */
export async function needingKernels<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const name = MISSING.exec(error instanceof Error ? error.message : '')?.[1];
    if (!KERNELS.some((kernel) => kernel.name === name)) throw error;
    throw new StateError(
      `TensorFlow.js's wasm backend has no kernel ${name}: call registerKernels() of kantorovich/tfjs first`,
      { cause: error },
    );
  }
}
