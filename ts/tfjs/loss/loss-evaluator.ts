import type { Variable } from '@tensorflow/tfjs-core';
import type { Critic } from '../../critics/critic.js';
import { resolveCritic } from '../../critics/resolve-critic.js';
import { type LossPlan, type LossPlanOptions, lossPlan } from '../../objectives/loss-plan.js';
import { ShapeError, StateError } from '../../wasm/errors.js';
import { type CriticVariables, criticVariables, freeOwner, holdFloor } from './critic-variables.js';
import type { EmbeddingSizes } from './embeddings.js';
import { lossPlans } from './loss-plans.js';

/** What all evaluations of an op share. */
export type SharedLossOptions = Pick<LossPlanOptions, 'objective' | 'critic' | 'positives' | 'yIds' | 'deterministic'>;

/** An evaluation's results; `gradients` are views that hold until the next call of the library. */
export interface Evaluation {
  /** What is climbed. */
  readonly surrogate: number;
  /** Of the surrogate by x, y and the critic's variables; empty where they were not asked for. */
  readonly gradients: readonly Float32Array[];
}

/** The core's side of a loss op: plans for the shapes that it meets, and the critic's variables. */
export interface LossEvaluator {
  /** What the last evaluation reported, in nats; NaN before the first. */
  readonly value: number;
  /** The critic's variables, none until their sizes are known. */
  readonly variables: readonly Variable[];
  /**
   * The critic's variables for embeddings of these sizes, made at the first call.
   *
   * @throws {ShapeError} where they were made for others
   * @throws {StateError} after `dispose()`
   */
  variablesFor(sizes: Pick<EmbeddingSizes, 'd' | 'yDim'>): readonly Variable[];
  /**
   * Evaluates, and gives what `take` makes of the results.
   *
   * @param numbers of x, y and the critic's variables, in order
   * @throws as `lossPlan` and `LossPlan.run`
   */
  run<T>(
    sizes: EmbeddingSizes,
    numbers: readonly Float32Array[],
    gradients: 'all' | 'none',
    take: (evaluation: Evaluation) => T,
  ): T;
  /** Frees plans and variables. */
  dispose(): void;
}

/** An evaluator that has met no embeddings yet. */
export function lossEvaluator(options: SharedLossOptions): LossEvaluator {
  const critic = resolveCritic(options.critic ?? 'separable');
  const plans = lossPlans({ ...options, critic });
  let made: CriticVariables | null = null;
  let value = Number.NaN;
  let isDisposed = false;

  const make = (dims: readonly [number, number]): CriticVariables => {
    if (isDisposed) throw new StateError('this contrastiveLoss was disposed of');
    made ??= criticVariables(critic, dims, firstWeights({ ...options, critic }, dims), freeOwner());
    if (!made.fits(dims)) {
      throw new ShapeError(
        `the critic's variables are for ${made.dims.join(' and ')} columns of x and y, got ${dims.join(' and ')}`,
      );
    }
    return made;
  };
  return {
    get value() {
      return value;
    },
    get variables() {
      return made?.all ?? [];
    },
    variablesFor: ({ d, yDim }) => make([d, yDim]).all,
    run(sizes, [x, y, ...parameters], gradients, take) {
      const variables = make([sizes.d, sizes.yDim]);
      return plans.use({ ...sizes, gradients }, (plan) => {
        plan.x.set(x ?? []);
        plan.y.set(y ?? []);
        variables.write(plan, parameters);
        value = plan.run();
        // Only now: what tfjs allocates may end views of its memory, which the numbers are.
        if (gradients === 'all') holdFloor(variables, critic, parameters);
        return take({ surrogate: plan.surrogate, gradients: gradients === 'all' ? allOf(plan, variables) : [] });
      });
    },
    dispose() {
      isDisposed = true;
      plans.clear();
      for (const variable of made?.all ?? []) variable.dispose();
      made = null;
    },
  };
}

function allOf(plan: LossPlan, variables: CriticVariables): readonly Float32Array[] {
  return [plan.dX, plan.dY, ...variables.gradients(plan)];
}

/** Where the core, or the critic itself, begins. */
function firstWeights(
  { objective, critic, deterministic }: SharedLossOptions & { readonly critic: Critic },
  [d, yDim]: readonly [number, number],
): Float32Array {
  if (critic.name !== 'bilinear' && critic.network === null) return new Float32Array();
  using plan = lossPlan({ objective, critic, deterministic, n: 2, d, yDim, gradients: 'none' });
  return plan.weights.slice();
}
