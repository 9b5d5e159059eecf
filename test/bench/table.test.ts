import { describe, expect, it } from 'vitest';
import { table, timeCell } from '../../bench/table.js';

describe('table', () => {
  it('aligns the first column to the left and the others to the right', () => {
    expect(
      table(
        ['case', 'ms'],
        [
          ['a', '100'],
          ['longer', '1'],
        ],
      ),
    ).toBe('case     ms\na       100\nlonger    1');
  });
});

describe('timeCell', () => {
  it('shows three digits and the ratio, and a dash for an engine that was not timed', () => {
    expect(timeCell(72.14, 44.4)).toBe('72.1 (44.4x)');
    expect(timeCell(1665.8, undefined)).toBe('1666');
    expect(timeCell(undefined, undefined)).toBe('-');
  });
});
