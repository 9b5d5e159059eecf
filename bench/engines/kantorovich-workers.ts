import { fit, lossPlan } from 'kantorovich';
import { fit as fitWithWorkers, parallelLoss } from 'kantorovich/workers';
import type { Engine } from '../engine.js';
import { prepareBy } from '../trials.js';
import { lossTrial } from './kantorovich/loss.js';
import { parallelLossTrial } from './kantorovich/parallel-loss.js';
import { stepTrial } from './kantorovich/step.js';
import { session } from './kantorovich.js';

/** This library with as many workers as a problem says; compiled, since a thread cannot be started from TypeScript. */
export const engine: Engine = {
  name: 'kantorovich-workers',
  open: async () => ({
    version: session().version,
    prepare: prepareBy({
      loss: ({ workers, ...problem }) =>
        workers === undefined ? lossTrial(problem, lossPlan) : parallelLossTrial(problem, workers, parallelLoss),
      step: ({ workers, ...problem }) =>
        stepTrial(problem, workers === undefined ? fit : (options) => fitWithWorkers({ ...options, workers })),
      product: () => null,
    }),
  }),
};
