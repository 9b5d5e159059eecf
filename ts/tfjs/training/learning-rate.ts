import type { TrainerSpec } from '../../wasm/trainer-spec.js';

/**
 * The learning rate of a step, counted from 1, as the core has it: a linear warm-up, then constant, half a cosine
 * (Loshchilov and Hutter 2017, eq. 5, one cycle) or a line down to 0 at the run's end.
 */
export function learningRate(
  { learningRate: rate, schedule: { name, warmup }, steps }: Pick<TrainerSpec, 'learningRate' | 'schedule' | 'steps'>,
  step: number,
): number {
  const before = step - 1;
  if (before < warmup) return (rate * step) / warmup;
  const done = Math.min(1, (before - warmup) / (steps - warmup));
  switch (name) {
    case 'constant':
      return rate;
    case 'cosine':
      return rate * 0.5 * (1 + Math.cos(Math.PI * done));
    case 'linear':
      return rate * (1 - done);
    default:
      return name satisfies never;
  }
}
