import { OptionsError } from '../wasm/errors.js';

/** Where early stopping stands: plain JSON, kept in checkpoints. */
export interface Patience {
  /** The best value so far; null before the first. */
  readonly best: number | null;
  /** The step that it was measured at. */
  readonly bestStep: number;
  /** Evaluations since without a better one. */
  readonly since: number;
}

/** Where every run begins. */
export const PATIENT: Patience = { best: null, bestStep: 0, since: 0 };

/** After a value, which is maximised: NaN and equal values are no improvement. */
export function observe(patience: Patience, value: number, step: number): Patience {
  const better = Number.isFinite(value) && (patience.best === null || value > patience.best);
  return better ? { best: value, bestStep: step, since: 0 } : { ...patience, since: patience.since + 1 };
}

/**
 * `patience`, checked.
 *
 * @throws {OptionsError} unless it is a whole number from 1
 */
export function checkPatience(patience: number): number {
  if (!Number.isSafeInteger(patience) || patience < 1) {
    throw new OptionsError(`patience must be a whole number of evaluations from 1, got ${patience}`);
  }
  return patience;
}
