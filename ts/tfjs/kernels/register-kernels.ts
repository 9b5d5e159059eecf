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

/** Under this a kernel of this library holds the backend's own; every copy of the library that is loaded knows it. */
const OWN: unique symbol = Symbol.for('kantorovich: the own kernel of the backend');

/** A kernel that is registered; those of the backend itself hold none. */
interface Registered extends KernelConfig {
  readonly [OWN]?: KernelConfig | undefined;
}

/**
 * Gives TensorFlow.js's wasm backend the kernels of this library: those that training needs and the backend lacks, and
 * faster ones than its own. A second call changes nothing, but for another `deterministic`.
 *
 * Results are the cpu backend's but for rounding: within 1e-5 of the sum of the magnitudes of what is summed, which may be
 * more than 1e-5 of a number in which terms cancel. Sums of very many terms (a million) round more, on either side.
 *
 * What the backend's own kernels do right, and as fast, is left to them: depthwise convolutions, those of small patches,
 * most sums. `deterministic` does not reach these, and their NaN is their own: a NaN among the inputs of such a
 * convolution gives -Infinity, or 0 after a relu.
 *
 * Operands are copied to a module whose memory grows to what the largest operation takes, and stays.
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
    const there: Registered | undefined = getKernel(kernel.name, BACKEND);
    // TensorFlow.js warns of a name that is taken.
    if (there !== undefined) unregisterKernel(kernel.name, BACKEND);
    registerKernel(configOf(kernel, options, there !== undefined && OWN in there ? there[OWN] : there));
  }
  return KERNELS.map(({ name }) => name);
}

function configOf({ name, run }: Kernel, options: CoreOptions, own: KernelConfig | undefined): Registered {
  return {
    kernelName: name,
    backendName: BACKEND,
    [OWN]: own,
    // What a backend that starts later prepares for its own kernel.
    ...(own?.setupFunc && { setupFunc: own.setupFunc }),
    kernelFunc: ({ inputs, attrs = {}, backend }) => {
      const call = { inputs: inputs as Inputs, attributes: attrs, backend: backend as WasmBackend };
      const runOwn: KernelCall['own'] = (changed) => {
        if (own === undefined) throw new StateError(`the wasm backend has no kernel '${name}' of its own`);
        const { inputs, attributes } = { ...call, ...changed };
        return runKernel(own, call.backend, inputs, attributes);
      };
      return run({ ...call, options, own: runOwn });
    },
  };
}
