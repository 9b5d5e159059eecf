import { cosineOfHalfTurns } from '../heads/half-turns.js';

/**
 * The share of the peak learning rate at a step: linear warm-up over the first tenth, then half a cosine down to 0.
 *
 * @param step from 0 to `steps` - 1
 */
export function cosineSchedule(step: number, steps: number): number {
  const warmUp = Math.max(1, Math.floor(steps / 10));
  if (step < warmUp) return (step + 1) / warmUp;
  return (1 + cosineOfHalfTurns((step - warmUp) / Math.max(1, steps - warmUp))) / 2;
}
