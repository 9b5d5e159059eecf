import { describe, expect, it } from 'vitest';
import { compareCounts } from '../../scripts/guard/committed-counts.js';

const most = (count: number) => count + 2;

describe('compareCounts', () => {
  it('allows growth up to the most, and no more', () => {
    expect(compareCounts({ down: 32 }, { down: 30 }, most)).toEqual({ failures: [], falls: [] });
    expect(compareCounts({ down: 33 }, { down: 30 }, most).failures).toEqual([
      'down: 33 instructions, 30 were committed, at most 32 allowed',
    ]);
  });

  it('tells falls without failing', () => {
    expect(compareCounts({ down: 29 }, { down: 30 }, most)).toEqual({
      failures: [],
      falls: ['down: 29 instructions, 30 were committed'],
    });
  });

  it('fails where only one side has a count', () => {
    expect(compareCounts({ across: 30 }, { down: 30 }, most).failures).toEqual([
      'across: no count was committed',
      'down: it was committed, and is gone',
    ]);
  });
});
