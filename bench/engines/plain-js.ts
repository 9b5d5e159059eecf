import type { Engine } from '../engine.js';
import { lossTrial } from './plain-js/loss.js';
import { stepTrial } from './plain-js/step.js';

/** Loops over typed arrays, as a good programmer writes them without a library; the oracle of every other engine. */
export const engine: Engine = {
  name: 'plain-js',
  open: async () => ({
    version: process.version,
    prepare: async (problem) => (problem.kind === 'loss' ? lossTrial(problem) : stepTrial(problem)),
  }),
};
