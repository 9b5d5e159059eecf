import { bilinear, cosine, distance, type LossPlan, lossPlan, separable } from '../../../ts/entries/node.js';
import type { Trial } from '../../engine.js';
import type { Answer, LossProblem } from '../../problem.js';

/** Where a plan keeps its gradients. */
export type Gradients = Pick<LossPlan, 'dX' | 'dY' | 'dWeights'>;

/** A plan, whose inputs and gradients stay in its own memory: what a loop over batches uses. */
export function lossTrial(problem: LossProblem, makePlan: typeof lossPlan = lossPlan): Trial {
  const { objective, gradients, n, m, d } = problem;
  // Where only queries are trained, candidates stay what they are, as a peer's constant tensor does.
  const fixedCandidates = gradients === 'queries';
  const plan = makePlan({ objective, critic: criticOf(problem), n, m, d, gradients, fixedCandidates });
  plan.x.set(problem.x);
  plan.y.set(problem.y);
  return {
    answer: async () => answerOf(problem, plan.run(), plan),
    run: () => {
      plan.run();
    },
    dispose: () => plan.dispose(),
    wasmBytes: () => plan.x.buffer.byteLength,
  };
}

/** What a run found. */
export function answerOf({ gradients, weights }: LossProblem, value: number, plan: Gradients): Answer {
  const found = { value: Float32Array.of(value), dX: plan.dX.slice() };
  if (gradients === 'queries') return found;
  return { ...found, dY: plan.dY.slice(), ...(weights ? { dWeights: plan.dWeights.slice() } : {}) };
}

/** The critic with the weights of a problem. */
export function criticOf({ critic, temperature, d, weights }: LossProblem) {
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
