import { enableTurbo } from '../../ts/entries/node.js';
import type { Engine } from '../engine.js';
import { session } from './kantorovich.js';

/** This library with V8's revectoriser: experimental, and off unless asked for. */
export const engine: Engine = {
  name: 'kantorovich-turbo',
  open: async () => {
    const { enabled, reason = 'not enabled' } = enableTurbo();
    return enabled ? session() : { absent: reason };
  },
};
