import type { Engine, Trial } from '../engine.js';
import type { Problem } from '../problem.js';
import { lossTrial } from './plain-js/loss.js';
import { productTrial } from './plain-js/product.js';
import { stepTrial } from './plain-js/step.js';

/** Loops over typed arrays, as a good programmer writes them without a library; the oracle of every other engine. */
export const engine: Engine = {
  name: 'plain-js',
  open: async () => ({ version: process.version, prepare: async (problem) => trial(problem) }),
};

/** Second derivatives by hand, which a gradient penalty needs, are past what one writes without a library. */
function trial(problem: Problem): Trial | null {
  switch (problem.kind) {
    case 'loss':
      return lossTrial(problem);
    case 'step':
      return problem.penalty ? null : stepTrial(problem);
    case 'product':
      return productTrial(problem);
  }
}
