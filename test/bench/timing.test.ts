import { describe, expect, it } from 'vitest';
import { median } from '../../bench/timing.js';

describe('median', () => {
  it('is the middle value in numeric order', () => {
    expect(median([10, 9, 100])).toBe(10);
  });

  it('is the mean of the middle two of an even count', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});
