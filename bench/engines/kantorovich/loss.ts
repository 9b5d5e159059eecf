import { bilinear, cosine, distance, lossPlan, separable } from '../../../ts/entries/node.js';
import type { Trial } from '../../engine.js';
import type { LossProblem } from '../../problem.js';

/** A plan, whose inputs and gradients stay in its own memory: what a loop over batches uses. */
export function lossTrial(problem: LossProblem): Trial {
  const { objective, gradients, n, m, d } = problem;
  // Where only queries are trained, candidates stay what they are, as a peer's constant tensor does.
  const fixedCandidates = gradients === 'queries';
  const plan = lossPlan({ objective, critic: criticOf(problem), n, m, d, gradients, fixedCandidates });
  plan.x.set(problem.x);
  plan.y.set(problem.y);
  return {
    answer: async () => {
      const value = Float32Array.of(plan.run());
      if (gradients === 'queries') return { value, dX: plan.dX.slice() };
      const both = { dX: plan.dX.slice(), dY: plan.dY.slice() };
      return { value, ...both, ...(problem.weights ? { dWeights: plan.dWeights.slice() } : {}) };
    },
    run: () => {
      plan.run();
    },
    dispose: () => plan.dispose(),
    wasmBytes: () => plan.x.buffer.byteLength,
  };
}

function criticOf({ critic, temperature, d, weights }: LossProblem) {
  switch (critic) {
    case 'separable':
      return separable({ temperature });
    case 'cosine':
      return cosine({ temperature });
    case 'distance':
      return distance({ temperature });
    case 'bilinear':
      return bilinear({ temperature, ...(weights ? { weights: { data: weights, rows: d, cols: d } } : {}) });
  }
}
