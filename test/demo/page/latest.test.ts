import { describe, expect, it } from 'vitest';
import { latestOnly } from '../../../scripts/demo/page/latest.js';

describe('latestOnly', () => {
  it('works on one value at a time, passes over those in between, and never loses the last', async () => {
    const done: number[] = [];
    const failures: unknown[] = [];
    let [atOnce, most] = [0, 0];
    const work = async (value: number): Promise<void> => {
      most = Math.max(most, ++atOnce);
      await new Promise((resolve) => setTimeout(resolve, 5));
      atOnce -= 1;
      if (value === 0) throw new RangeError('zero');
      done.push(value);
    };
    const take = latestOnly(work, (error) => failures.push(error));
    for (const value of [0, 1, 2, 3]) take(value);
    await expect.poll(() => done).toEqual([3]);
    take(4);
    await expect.poll(() => done).toEqual([3, 4]);
    expect([most, failures]).toEqual([1, [new RangeError('zero')]]);
  });
});
