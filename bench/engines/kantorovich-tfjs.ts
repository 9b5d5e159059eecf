import type { Engine } from '../engine.js';
import { prepareBy } from '../trials.js';
import { networkTrial } from './tfjs/network.js';

/** TensorFlow.js's WebAssembly backend with this library's kernels and loss, from the sources. */
export const engine: Engine = {
  name: 'kantorovich-tfjs',
  open: async () => {
    await import('@tensorflow/tfjs-backend-wasm');
    const tf = await import('@tensorflow/tfjs');
    const { contrastiveLoss, registerKernels } = await import('../../ts/entries/tfjs-node.js');
    await tf.setBackend('wasm');
    await tf.ready();
    registerKernels();
    const prepare = prepareBy({
      // Of these the suites have TensorFlow.js itself, beside the native engine.
      loss: () => null,
      step: () => null,
      product: () => null,
      network: (problem) => {
        const loss = contrastiveLoss({ objective: 'cpc', critic: 'separable' });
        const trial = networkTrial(problem, loss);
        return trial && { ...trial, dispose: () => [trial, loss].forEach((one) => void one.dispose()) };
      },
    });
    return { version: tf.version_core, prepare };
  },
};
