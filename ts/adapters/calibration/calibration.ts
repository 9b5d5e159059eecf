import { DataError, OptionsError } from '../../wasm/errors.js';
import { shown } from '../../wasm/shown.js';

/**
 * How a score becomes a probability of relevance, P = 1 / (1 + exp(-(slope x score + intercept))), fitted on the ten
 * best documents of each validation query: what a search shows, and nothing that it does not. Documents that nothing
 * judges count as not relevant, as trec_eval counts them.
 */
export interface Calibration {
  /** From 0. */
  readonly slope: number;
  readonly intercept: number;
  /** Pairs of a query and one of its ten best documents. */
  readonly pairs: number;
  /** Those of them that are relevant. */
  readonly relevant: number;
  /** Scores, falling, with the mean probability of the pairs that score as much or more. */
  readonly curve: readonly (readonly [score: number, precision: number])[];
}

/** What a threshold should reach. */
export interface ThresholdOptions {
  /** Share of relevant documents among those above the threshold, above 0 and below 1. */
  readonly precision: number;
}

/**
 * P(relevant) of a score.
 *
 * @throws {DataError} on a score that is no finite number
 */
export function probabilityOf({ slope, intercept }: Calibration, score: number): number {
  if (!Number.isFinite(score)) throw new DataError(`a score must be a finite number, got ${shown(score)}`);
  return 1 / (1 + Math.exp(-(slope * score + intercept)));
}

/**
 * A score from which the mean probability of validation's pairs is at least the precision: the least of the curve. null
 * where no score reaches it.
 *
 * @throws {OptionsError} on a precision that is no number above 0 and below 1
 */
export function thresholdOf({ curve }: Calibration, precision: number): number | null {
  checkPrecision(precision);
  return curve.findLast(([, reached]) => reached >= precision)?.[0] ?? null;
}

/** @throws {OptionsError} on a precision that is no number above 0 and below 1 */
export function checkPrecision(precision: unknown): void {
  if (typeof precision === 'number' && precision > 0 && precision < 1) return;
  throw new OptionsError(`precision must be a number above 0 and below 1, got ${shown(precision)}`);
}

/** Whether a file's value is a calibration. */
export function isCalibration(value: unknown): value is Calibration {
  if (typeof value !== 'object' || value === null) return false;
  const { slope, intercept, pairs, relevant, curve } = value as Record<string, unknown>;
  return (
    [slope, intercept, pairs, relevant].every(Number.isFinite) &&
    (slope as number) >= 0 &&
    Array.isArray(curve) &&
    curve.every((knot) => Array.isArray(knot) && knot.length === 2 && knot.every(Number.isFinite))
  );
}
