import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortNumber, summarise, summaryText } from '../../../ts/cli/studies/summary.js';

describe('summarise', () => {
  it('gives the mean and the deviation by count - 1', () => {
    expect(summarise([2, 4, 9])).toEqual({ count: 3, mean: 5, deviation: Math.sqrt((9 + 1 + 16) / 2) });
  });

  it('has no deviation of one value and nothing of none', () => {
    expect(summarise([3])).toEqual({ count: 1, mean: 3, deviation: null });
    expect(summarise([])).toBeNull();
  });

  it('moves with the values and does not spread with them', () => {
    const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(values, fc.double({ min: -100, max: 100, noNaN: true }), (list, by) => {
        const [before, after] = [summarise(list), summarise(list.map((value) => value + by))];
        expect(after?.mean).toBeCloseTo((before?.mean ?? 0) + by, 8);
        expect(after?.deviation).toBeCloseTo(before?.deviation ?? 0, 8);
      }),
    );
  });
});

it('writes mean and spread, the mean alone, or a dash', () => {
  const format = (value: number) => value.toFixed(1);
  expect(summaryText({ count: 2, mean: 1, deviation: 0.25 }, format)).toBe('1.0 ± 0.3');
  expect(summaryText({ count: 1, mean: 1, deviation: null }, format)).toBe('1.0');
  expect(summaryText(null, format)).toBe('—');
});

it.each([
  [1.234, '1.23'],
  [12.34, '12.3'],
  [-123.4, '-123'],
  [-4.6e7, '-4.6e7'],
  [Number.NaN, 'NaN'],
])('writes %d as %s', (value, text) => {
  expect(shortNumber(value)).toBe(text);
});
