import { afterEach, describe, expect, it, vi } from 'vitest';
import { breather } from '../../ts/training/breather.js';

/** Works for `milliseconds` without a pause. */
function work(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}

describe('a breather', () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([
    ['setImmediate', []],
    ['messages', ['setImmediate']],
    ['timers, where there is nothing else,', ['setImmediate', 'MessageChannel']],
  ])('lets others run by %s', async (_, missing) => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    for (const name of missing) vi.stubGlobal(name, undefined);
    const breathe = breather();
    for (let i = 0; i < 8; i++) {
      work(25);
      await breathe();
    }
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });
});
