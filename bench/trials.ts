import type { Session, Trial } from './engine.js';
import type { AdapterProblem, LossProblem, NetworkProblem, Problem, ProductProblem, StepProblem } from './problem.js';

/** What makes a trial of a problem, one function a kind; null where an engine has no way to do it. */
export interface Trials {
  loss(problem: LossProblem): Made;
  step(problem: StepProblem): Made;
  product(problem: ProductProblem): Made;
  adapter?(problem: AdapterProblem): Made;
  network?(problem: NetworkProblem): Made;
}

type Made = Trial | null | Promise<Trial>;

/** A session's `prepare`: the trial of a problem's own kind. */
export function prepareBy(trials: Trials): Session['prepare'] {
  return async (problem: Problem) => {
    switch (problem.kind) {
      case 'loss':
        return trials.loss(problem);
      case 'step':
        return trials.step(problem);
      case 'product':
        return trials.product(problem);
      case 'adapter':
        return trials.adapter?.(problem) ?? null;
      case 'network':
        return trials.network?.(problem) ?? null;
    }
  };
}

/** Steps of an engine without the second derivatives that a gradient penalty needs. */
export function withoutPenalty(step: Trials['step']): Trials['step'] {
  return (problem) => (problem.penalty ? null : step(problem));
}
