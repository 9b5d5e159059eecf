import { type LossOptions, separable } from '../../ts/entries/node.js';
import type { Rows } from '../reference/linear-algebra.js';
import type { LossCall } from './library.js';

/** A loss of a given score matrix, and its gradient with respect to the scores. */
export interface ScoreResult {
  readonly value: number;
  readonly dScores: number[][];
}

/**
 * Runs a loss on the n x m matrix `scores` itself: with unit vectors as queries and the matrix's columns as candidates
 * every score is one product by 1 and sums of zeros, exact in float32. Then dS_ij = dY_j[i].
 */
export function fromScores(call: LossCall, scores: Rows, options: LossOptions = {}): ScoreResult {
  const units = scores.map((_, i) => scores.map((_, k) => (i === k ? 1 : 0)));
  const columns = scores[0].map((_, j) => scores.map((row) => row[j]));
  const { value, dY } = call(units, columns, { ...options, critic: separable({ temperature: 1 }) });
  if (dY === null) throw new RangeError('the gradients are needed');
  const dScores = scores.map((_, i) => columns.map((_, j) => dY.data[j * dY.cols + i]));
  return { value, dScores };
}
