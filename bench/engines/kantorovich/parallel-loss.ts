import type { LossPlanOptions } from '../../../ts/entries/node.js';
import type { Trial } from '../../engine.js';
import type { LossProblem } from '../../problem.js';
import { answerOf, criticOf, type Gradients } from './loss.js';

/** A loss that workers share, whose run is awaited. */
interface Parallel extends Gradients {
  readonly x: Float32Array;
  readonly y: Float32Array;
  run(): Promise<number>;
  dispose(): void;
}

/** A plan that so many workers share. */
export async function parallelLossTrial(
  problem: LossProblem,
  workers: number,
  parallelLoss: (options: LossPlanOptions & { readonly workers: number }) => Promise<Parallel>,
): Promise<Trial> {
  const { objective, gradients, n, m, d } = problem;
  const plan = await parallelLoss({ objective, critic: criticOf(problem), n, m, d, gradients, workers });
  plan.x.set(problem.x);
  plan.y.set(problem.y);
  return {
    answer: async () => answerOf(problem, await plan.run(), plan),
    run: async () => {
      await plan.run();
    },
    dispose: () => plan.dispose(),
  };
}
