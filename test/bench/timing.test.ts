import { describe, expect, it } from 'vitest';
import { median, timeInterleaved } from '../../bench/timing.js';

describe('median', () => {
  it('is the middle value in numeric order', () => {
    expect(median([10, 9, 100])).toBe(10);
  });

  it('is the mean of the middle two of an even count', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});

describe('timeInterleaved', () => {
  const runner = (name: string, ms: number, log: string[]) => ({
    name,
    firstMs: 0,
    run: async (times: number) => {
      log.push(name);
      return Array<number>(times).fill(ms);
    },
  });

  it('lets a slow runner take part in fewer rounds, spread evenly, its first run counted', async () => {
    const log: string[] = [];
    const runners = [runner('fast', 40, log), runner('slow', 1000, log)];
    const times = await timeInterleaved(runners, { rounds: 6, budget: 6000, longRun: 8000 }, () => {});
    expect(times.get('slow')).toEqual([1000, 1000, 1000]);
    expect(times.get('fast')).toHaveLength(6);
    const warmUps = 3;
    expect(log.slice(warmUps).join(' ')).toBe('fast fast fast slow fast fast fast slow');
  });

  it('takes a first run that was very long for the only one', async () => {
    const log: string[] = [];
    const once = { ...runner('once', 60_000, log), firstMs: 60_000 };
    const times = await timeInterleaved([once], { rounds: 3, budget: 1000, longRun: 8000 }, () => {});
    expect(times.get('once')).toEqual([60_000]);
    expect(log).toEqual([]);
  });

  it('goes on without a runner that cannot', async () => {
    const ends = { name: 'ends', firstMs: 0, run: async () => null };
    const times = await timeInterleaved(
      [ends, runner('goes', 40, [])],
      { rounds: 2, budget: 100, longRun: 8000 },
      () => {},
    );
    expect([...times.keys()]).toEqual(['goes']);
  });
});
