import { expect } from 'vitest';
import type { Rows } from '../reference/linear-algebra.js';

/** Numbers in any of the shapes that tests compare. */
export type Numbers = number | ArrayLike<number> | Rows | { readonly data: Float32Array };

/** How far a number may lie from what was expected. */
export interface Tolerance {
  /** In the numbers' own unit. */
  readonly absolute?: number;
  /** Times the largest magnitude among the expected numbers (float32 errors of a sum scale with its terms). */
  readonly relative?: number;
}

/** What float32 sums over a few hundred terms keep; looser only with a reason beside it. */
export const float32: Tolerance = { absolute: 1e-6, relative: 1e-5 };

/** Fails unless both hold as many numbers, and each lies within `absolute + relative · max|expected|`; NaN never does. */
export function expectClose(actual: Numbers, expected: Numbers, tolerance: Tolerance, what = 'value'): void {
  const found = flatten(actual);
  const wanted = flatten(expected);
  expect(found.length, `${what}: how many numbers`).toBe(wanted.length);
  const largest = wanted.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const allowed = (tolerance.absolute ?? 0) + (tolerance.relative ?? 0) * largest;
  found.forEach((value, k) => {
    const error = Math.abs(value - wanted[k]);
    if (!(error <= allowed)) {
      expect.fail(`${what}[${k}] is ${value}, expected ${wanted[k]}: off by ${error}, allowed ${allowed}`);
    }
  });
}

/** Fails unless every number is finite. */
export function expectFinite(actual: Numbers, what = 'value'): void {
  flatten(actual).forEach((value, k) => {
    if (!Number.isFinite(value)) expect.fail(`${what}[${k}] is ${value}`);
  });
}

/** The numbers in reading order. */
export function flatten(numbers: Numbers): number[] {
  if (typeof numbers === 'number') return [numbers];
  if ('data' in numbers) return Array.from(numbers.data);
  return Array.from<number | readonly number[]>(numbers).flat();
}
