import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { layerWidths, numberFrom, positiveNumber, wholeNumber } from '../../ts/cli/arguments.js';

describe('arguments', () => {
  it('are taken as they are meant', () => {
    expect(wholeNumber(2)('64')).toBe(64);
    expect(positiveNumber('5e-4')).toBe(0.0005);
    expect(numberFrom(0, 1)('0')).toBe(0);
    expect(layerWidths('512-256-64')).toBe('512-256-64');
  });

  it.each([
    [wholeNumber(2), ['1', '2.5', '', 'abc', '1e99', 'NaN'], 'It must be a whole number from 2.'],
    [positiveNumber, ['0', '-1', 'Infinity', '', '1,5'], 'It must be a number above 0.'],
    [numberFrom(0, 1), ['1', '-0.1', 'x'], 'It must be a number from 0 and below 1.'],
    [layerWidths, ['', '64-', '0-64', '64x64', '-64'], 'It must be widths joined by hyphens, such as 512-256-64.'],
  ] as const)('are refused with what they must be', (parse, wrong, message) => {
    for (const text of wrong) expect(() => parse(text)).toThrow(new InvalidArgumentError(message));
  });
});
