import { type LossPlan, type LossPlanOptions, lossPlan } from '../../objectives/loss-plan.js';
import { DataError } from '../../wasm/errors.js';

/** Full batches, a last one that is smaller, and the same two without gradients. */
const KEPT = 4;

/** What a plan is made for, beside what all plans of an op share. */
export type PlanShape = Required<Pick<LossPlanOptions, 'n' | 'm' | 'd' | 'yDim' | 'gradients'>>;

/** Plans by shape; few are kept, the least recently used goes. */
export interface LossPlans {
  /**
   * What `work` makes of the plan of that shape, whose views hold until it returns.
   *
   * @throws as `lossPlan` and `LossPlan.run`
   */
  use<T>(shape: PlanShape, work: (plan: LossPlan) => T): T;
  /** Frees all of them. */
  clear(): void;
}

/** Plans that share `options`. */
export function lossPlans(options: Omit<LossPlanOptions, keyof PlanShape>): LossPlans {
  const plans = new Map<string, LossPlan>();
  const drop = (key: string): void => {
    plans.get(key)?.dispose();
    plans.delete(key);
  };
  const take = (key: string, shape: PlanShape): LossPlan => {
    const plan = plans.get(key) ?? lossPlan({ ...options, ...shape });
    plans.delete(key);
    plans.set(key, plan);
    const [oldest] = plans.keys();
    if (plans.size > KEPT && oldest !== undefined) drop(oldest);
    return plan;
  };
  return {
    use(shape, work) {
      const { n, m, d, yDim, gradients } = shape;
      const key = [n, m, d, yDim, gradients].join(' ');
      try {
        return work(take(key, shape));
      } catch (error) {
        // After a fault of the core a plan is lost; after bad data it is as good as before.
        if (!(error instanceof DataError)) drop(key);
        throw error;
      }
    },
    clear() {
      for (const key of [...plans.keys()]) drop(key);
    },
  };
}
