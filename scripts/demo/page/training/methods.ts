import type { DrawingBytes } from 'kantorovich';
import type { TrainerJob } from 'kantorovich/workers';
import type { Settings } from './settings.js';

/** The two runs of the page. */
export const METHODS = ['wpc', 'cpc'] as const;

/** One of them. */
export type MethodId = (typeof METHODS)[number];

/** What a method is called, and how it keeps its critic, in a line. */
export const NAMES: Readonly<Record<MethodId, { readonly name: string; readonly what: string }>> = {
  wpc: { name: 'WPC', what: 'distance critic, orthonormal layers: certified Lipschitz' },
  cpc: { name: 'CPC', what: 'InfoNCE, critic unconstrained' },
};

/** Steps between two values of the curves. */
const EVALUATE_EVERY = 20;

/** What a trainer in a worker is told. */
export function jobOf(
  method: MethodId,
  { k, batch, critic, steps, seed }: Settings,
  drawings: DrawingBytes,
): TrainerJob {
  return {
    data: { kind: 'digits', k, drawings },
    options: {
      ...(method === 'wpc'
        ? { objective: 'wpc', critic: 'distance', lipschitz: 'orthonormal' }
        : { objective: 'cpc', critic }),
      ...{ encoder: '128-64', learningRate: 1e-3, batch, steps, seed },
      evaluateEvery: EVALUATE_EVERY,
      heldOutPairs: Math.max(512, batch),
    },
    probe: { every: Math.max(100, Math.ceil(steps / 400) * 100), training: 1000, validation: 300, test: 600 },
  };
}
