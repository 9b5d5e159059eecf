import type { LipschitzName } from '../../../lipschitz/lipschitz.js';
import type { RunKey } from '../results-file.js';

/** What the study is told. */
export interface LogNOptions {
  readonly quick?: boolean;
  /** Seeds of each critic, from 1. */
  readonly seeds: number;
  /** Training steps of each critic; those of the plan if not given. */
  readonly steps?: number;
}

/** A critic of the study, and all that decides its measurements. */
export interface LogNKey extends RunKey {
  readonly study: 'log-n';
  /** The data, as --data takes them. */
  readonly data: string;
  /** I(x; y) in nats. */
  readonly nats: number;
  /** What the critic is trained by, and what is measured. */
  readonly objective: 'cpc' | 'nwj' | 'dv' | 'wdm';
  /** `exact`: the logarithm of the density ratio itself, which only Gaussians have in closed form. */
  readonly critic: 'separable' | 'distance' | 'exact';
  readonly lipschitz: LipschitzName;
  readonly encoder: string;
  readonly trainingBatch: number;
  readonly learningRate: number;
  readonly steps: number;
  readonly seed: number;
  /** The batch sizes measured at, and how many batches of each. */
  readonly batches: readonly (readonly [n: number, count: number])[];
}

/** Dimensions of the Gaussians: those of the yardstick in Poole et al. 2019 and Song and Ermon 2020. */
export const DIMENSIONS = 20;

const FULL = {
  gaussians: [2, 5, 10, 20, 30, 40],
  grids: [1, 2, 3, 4],
  steps: 1500,
  batches: [16, 64, 256, 1024, 4096],
} as const;
const QUICK = { gaussians: [2, 10, 40], grids: [1, 3], steps: 300, batches: [16, 256, 4096] } as const;

/** Pixels a side of a digit: small, so that sixteen of them train in seconds. */
const TILE = 8;
const OBJECTIVES = ['cpc', 'nwj', 'dv', 'wdm'] as const;
/** Pairs in all batches of a size together are about as many; of each size at least this many batches. */
const PAIRS_MEASURED = 4096;
const LEAST_BATCHES = 4;
const MOST_BATCHES = 32;

/** The critics to train and measure, the cheap ones first. */
export function logNPlan({ quick = false, seeds, steps }: LogNOptions): readonly LogNKey[] {
  const plan = quick ? QUICK : FULL;
  const shared = {
    study: 'log-n',
    trainingBatch: 64,
    learningRate: 1e-3,
    steps: steps ?? plan.steps,
    batches: plan.batches.map((n) => [n, batchCount(n)] as const),
  } as const;
  const seedList = Array.from({ length: seeds }, (_, i) => i + 1);
  const gaussians = plan.gaussians.map((nats) => ({
    data: `gaussians:${DIMENSIONS},nats=${nats}`,
    nats,
    encoder: '128-64-32',
  }));
  const grids = plan.grids.map((k) => ({
    data: `digits:${k}x${k},tile=${TILE}`,
    nats: k * k * Math.LN10,
    encoder: '128-32',
  }));
  const exact = gaussians.flatMap((source) =>
    (['cpc', 'nwj', 'dv'] as const).flatMap((objective) =>
      seedList.map((seed): LogNKey => {
        return { ...shared, ...source, ...EXACT, objective, steps: 0, seed };
      }),
    ),
  );
  const trained = [...gaussians, ...grids].flatMap((source) =>
    OBJECTIVES.flatMap((objective) =>
      seedList.map((seed): LogNKey => ({ ...shared, ...source, ...criticOf(objective), objective, seed })),
    ),
  );
  return [...exact, ...trained];
}

const EXACT = { critic: 'exact', lipschitz: 'none' } as const;

/** WDM needs a critic whose constant is known; the others are given the freest one. */
function criticOf(objective: LogNKey['objective']): Pick<LogNKey, 'critic' | 'lipschitz'> {
  return objective === 'wdm'
    ? { critic: 'distance', lipschitz: 'orthonormal' }
    : { critic: 'separable', lipschitz: 'none' };
}

function batchCount(n: number): number {
  return Math.min(MOST_BATCHES, Math.max(LEAST_BATCHES, Math.round(PAIRS_MEASURED / n)));
}
