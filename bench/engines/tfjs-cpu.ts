import type { Engine } from '../engine.js';

/** TensorFlow.js on its plain JavaScript backend. */
export const engine: Engine = {
  name: 'tfjs-cpu',
  open: async () => {
    const { openTfjs } = await import('./tfjs.js');
    return openTfjs('cpu');
  },
};
