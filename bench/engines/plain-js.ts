import type { Engine } from '../engine.js';
import { prepareBy, withoutPenalty } from '../trials.js';
import { lossTrial } from './plain-js/loss.js';
import { productTrial } from './plain-js/product.js';
import { stepTrial } from './plain-js/step.js';

/**
 * Loops over typed arrays, as a good programmer writes them without a library; the oracle of every other engine. Second
 * derivatives by hand, which a gradient penalty needs, are past that.
 */
export const engine: Engine = {
  name: 'plain-js',
  open: async () => {
    const prepare = prepareBy({ loss: lossTrial, step: withoutPenalty(stepTrial), product: productTrial });
    return { version: process.version, prepare };
  },
};
