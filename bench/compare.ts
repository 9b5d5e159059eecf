import type { Answer } from './problem.js';

/** How far two engines' answers may be apart: float32 sums of a few hundred terms agree a hundred times closer. */
export const tolerance = 1e-4;

/**
 * The largest difference between results that both answers have, relative to the largest number of each expected
 * one. Infinite where lengths differ, a number is not finite, or no name is common.
 */
export function relativeDifference(answer: Answer, expected: Answer): number {
  const names = Object.keys(answer).filter((name) => name in expected);
  if (names.length === 0) return Infinity;
  return Math.max(...names.map((name) => arrayDifference(answer[name], expected[name])));
}

function arrayDifference(values: Float32Array, expected: Float32Array): number {
  if (values.length !== expected.length) return Infinity;
  let difference = 0;
  let largest = 0;
  for (let k = 0; k < values.length; k += 1) {
    if (!Number.isFinite(values[k])) return Infinity;
    difference = Math.max(difference, Math.abs(values[k] - expected[k]));
    largest = Math.max(largest, Math.abs(expected[k]));
  }
  return difference === 0 ? 0 : difference / largest;
}
