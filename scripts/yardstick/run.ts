import { DataError, joint, type LossPlan, lossPlan, type Random, random } from '../../ts/entries/node.js';
import { perceptronScores } from '../../ts/training/perceptron-scores.js';
import { Adam } from './adam.js';
import { BATCH, correlationOf, DIMENSION, type Estimator, LEVELS, RPC } from './protocol.js';

/** What fixes a run. */
export interface RunSpec {
  readonly estimator: string;
  readonly hidden: readonly number[];
  /** Steps a level. */
  readonly steps: number;
  readonly rate: number;
  readonly seed: number;
}

/** A level's estimates over its last half. */
export interface Level {
  readonly information: number;
  readonly mean: number;
  readonly deviation: number;
  /** RPC alone: the logarithm of the ratio at the batch's mean score, as the authors' code prints it. */
  readonly atMeanScore: { readonly mean: number; readonly deviation: number } | null;
}

/** A run's results. */
export interface RunResult extends RunSpec {
  readonly levels: readonly Level[];
  /** Steps that were not taken, since a value left single precision. */
  readonly skipped: number;
  readonly seconds: number;
}

/** One estimator through all levels, the critic kept from level to level. */
export function run(spec: RunSpec, { objective }: Estimator, tell: (level: Level) => void): RunResult {
  const critic = joint({ hidden: spec.hidden, seed: spec.seed });
  using plan = lossPlan({ objective, critic, n: BATCH, d: DIMENSION });
  using draw = random(1000 + spec.seed);
  const adam = new Adam(plan.weights.length, spec.rate);
  const start = performance.now();
  let skipped = 0;
  const levels = LEVELS.map((information) => {
    const [values, readouts]: [number[], number[]] = [[], []];
    for (let step = 1; step <= spec.steps; step++) {
      drawBatch(plan, draw, correlationOf(information));
      const isCounted = 2 * step > spec.steps;
      if (isCounted && spec.estimator === 'rpc') readouts.push(ratioAtMeanScore(plan, spec.hidden));
      const value = climb(plan, adam);
      if (value === null) skipped += 1;
      else if (isCounted) values.push(value);
    }
    const level = { information, ...summary(values), atMeanScore: readouts.length > 0 ? summary(readouts) : null };
    tell(level);
    return level;
  });
  return { ...spec, levels, skipped, seconds: (performance.now() - start) / 1000 };
}

/** A step; null where the value left single precision, which leaves the weights alone. */
function climb(plan: LossPlan, adam: Adam): number | null {
  try {
    const value = plan.run();
    adam.climb(plan.weights, plan.dWeights);
    return value;
  } catch (error) {
    if (error instanceof DataError) return null;
    throw error;
  }
}

function drawBatch(plan: LossPlan, draw: Random, correlation: number): void {
  const noise = Math.sqrt(1 - correlation ** 2);
  const x = Float32Array.from({ length: BATCH * DIMENSION }, () => draw.normal());
  const y = x.map((value) => correlation * value + noise * draw.normal());
  plan.x.set(x);
  plan.y.set(y);
}

function ratioAtMeanScore(plan: LossPlan, hidden: readonly number[]): number {
  const tensors = new Map<string, Float32Array>();
  let offset = 0;
  [...hidden, 1].forEach((units, at) => {
    for (const [part, count] of [
      ['weight', units * (hidden[at - 1] ?? 2 * DIMENSION)],
      ['bias', units],
    ] as const) {
      tensors.set(`critic.${at}.${part}`, plan.weights.slice(offset, offset + count));
      offset += count;
    }
  });
  const rows = (data: Float32Array) => ({ data: data.slice(), rows: BATCH, cols: DIMENSION });
  const score = perceptronScores(hidden.length, (name) => tensors.get(name), rows(plan.x), rows(plan.y));
  const mean = Array.from({ length: BATCH }, (_, i) => score(i, i)).reduce((sum, s) => sum + s, 0) / BATCH;
  return Math.log(Math.max((RPC.gamma * mean + RPC.alpha) / (1 - RPC.beta * mean), 1e-4));
}

function summary(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(square) };
}
