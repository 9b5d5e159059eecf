import { expect, it } from 'vitest';
import { formatCount, formatDuration, formatFigure } from '../../ts/cli/format.js';

it('separates thousands', () => {
  expect(formatCount(12345.4)).toBe('12,345');
  expect(formatCount(Number.NaN)).toBe('NaN');
});

it('prints figures to three decimals, extremes in exponents, and what is no number by name (X2)', () => {
  expect([0, -1.23456, 0.0004, 0.0006, 2e7].map((value) => formatFigure(value))).toEqual([
    '0.000',
    '-1.235',
    '4.00e-4',
    '0.001',
    '2.00e+7',
  ]);
  expect([Number.NaN, -Infinity].map((value) => formatFigure(value))).toEqual(['NaN', '-Infinity']);
});

it('prints durations as clocks do', () => {
  expect([0, 59.6, 754, 3723, Number.NaN].map(formatDuration)).toEqual(['0:00', '1:00', '12:34', '1:02:03', '-:--']);
});
