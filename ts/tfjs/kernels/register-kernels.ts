import {
  getKernel,
  getKernelsForBackend,
  type KernelConfig,
  registerKernel,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { checkOptions } from '../../wasm/check-options.js';
import { acquireTensors, type CoreOptions } from '../../wasm/core.js';
import { StateError } from '../../wasm/errors.js';
import { KERNELS } from './kernels.js';
import { type Inputs, type Kernel, type KernelCall, runKernel, type WasmBackend } from './wasm-backend.js';

/** How {@link registerKernels} computes. */
export interface RegisterKernelsOptions extends CoreOptions {}

const BACKEND = 'wasm';

/** What was registered here, to tell it from the backend's own. */
const registered = new WeakSet<KernelConfig>();
const own = new Map<string, KernelConfig>();

/**
 * Gives TensorFlow.js's wasm backend the kernels of this library: those that training needs and the backend lacks, and
 * faster ones than its own. Results are the cpu backend's but for rounding. A second call changes nothing, but for
 * another `deterministic`.
 *
 * Import `@tensorflow/tfjs-backend-wasm` first: kernels belong to a backend. Outside Node, `await load({ tfjs: true })`
 * of `kantorovich` first.
 *
 * @returns the names of the kernels
 * @throws {StateError} where the wasm backend is not there yet, or what computes is not loaded
 * @throws {OptionsError} on unknown options
 */
export function registerKernels(options: RegisterKernelsOptions = {}): readonly string[] {
  checkOptions(options, { deterministic: true }, 'registerKernels');
  if (getKernelsForBackend(BACKEND).length === 0) {
    throw new StateError(
      'the wasm backend is not there: import @tensorflow/tfjs-backend-wasm before registerKernels()',
    );
  }
  acquireTensors(options);
  for (const kernel of KERNELS) {
    const there = getKernel(kernel.name, BACKEND);
    if (there !== undefined) {
      // TensorFlow.js warns of a name that is taken.
      unregisterKernel(kernel.name, BACKEND);
      if (!registered.has(there)) own.set(kernel.name, there);
    }
    const config = configOf(kernel, options);
    registered.add(config);
    registerKernel(config);
  }
  return KERNELS.map(({ name }) => name);
}

function configOf({ name, run }: Kernel, options: CoreOptions): KernelConfig {
  const { setupFunc } = own.get(name) ?? {};
  return {
    kernelName: name,
    backendName: BACKEND,
    // What a backend that starts later prepares for its own kernel.
    ...(setupFunc && { setupFunc }),
    kernelFunc: ({ inputs, attrs = {}, backend }) => {
      const call = { inputs: inputs as Inputs, attributes: attrs, backend: backend as WasmBackend };
      const own: KernelCall['own'] = (changed) => {
        const { inputs, attributes } = { ...call, ...changed };
        return runKernel(ownKernel(name), call.backend, inputs, attributes);
      };
      return run({ ...call, options, own });
    },
  };
}

function ownKernel(name: string): KernelConfig {
  const config = own.get(name);
  if (config === undefined) throw new StateError(`the wasm backend has no kernel '${name}' of its own`);
  return config;
}
