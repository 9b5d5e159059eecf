import { describe, expect, it } from 'vitest';
import { relativeDifference } from '../../bench/compare.js';

describe('relativeDifference', () => {
  it('is relative to the largest expected number, not to each', () => {
    const answer = { dX: Float32Array.of(100, 1) };
    const expected = { dX: Float32Array.of(100, 0) };
    expect(relativeDifference(answer, expected)).toBeCloseTo(0.01, 10);
  });

  it('takes the worst of the results that both have', () => {
    const answer = { value: Float32Array.of(1), dX: Float32Array.of(3), gradient: Float32Array.of(7) };
    const expected = { value: Float32Array.of(1), dX: Float32Array.of(2) };
    expect(relativeDifference(answer, expected)).toBe(0.5);
  });

  it.each([
    ['not finite', { value: Float32Array.of(Number.NaN) }],
    ['of another length', { value: Float32Array.of(1, 1) }],
    ['under another name only', { loss: Float32Array.of(1) }],
  ])('is infinite where a result is %s', (_what, answer) => {
    expect(relativeDifference(answer, { value: Float32Array.of(1) })).toBe(Infinity);
  });
});
