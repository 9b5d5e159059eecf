import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { atATime } from '../../ts/cli/at-a-time.js';

it('runs everything, never more than the limit at a time', async () => {
  const done: number[] = [];
  let running = 0;
  let most = 0;
  await atATime(2, [5, 1, 3, 2, 4], async (item) => {
    most = Math.max(most, ++running);
    await wait(item);
    running -= 1;
    done.push(item);
  });
  expect(done.sort()).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

it('begins nothing after a failure, and waits for what is under way', async () => {
  const begun: string[] = [];
  const ended: string[] = [];
  const work = async (item: string) => {
    begun.push(item);
    await wait(item === 'slow' ? 20 : 1);
    if (item === 'bad') throw new Error('bad item');
    ended.push(item);
  };
  await expect(atATime(2, ['slow', 'bad', 'later'], work)).rejects.toThrow('bad item');
  expect(begun).toEqual(['slow', 'bad']);
  expect(ended).toEqual(['slow']);
});
