import type { Engine } from '../engine.js';

/** TensorFlow.js on its WebAssembly backend: SIMD, one thread (it has no threads in Node). */
export const engine: Engine = {
  name: 'tfjs-wasm',
  open: async () => {
    await import('@tensorflow/tfjs-backend-wasm');
    const { openTfjs } = await import('./tfjs.js');
    return openTfjs('wasm');
  },
};
