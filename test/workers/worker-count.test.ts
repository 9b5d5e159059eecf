import { availableParallelism } from 'node:os';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { workerCount } from '../../ts/workers/worker-count.js';

afterEach(() => vi.unstubAllGlobals());

/** As in a browser that says this of its cores. */
function inBrowser(hardwareConcurrency: number | undefined): void {
  vi.stubGlobal('process', Object.create(process, { versions: { value: {} } }));
  vi.stubGlobal('navigator', { hardwareConcurrency });
}

describe('workers: auto', () => {
  it('is one a core of this machine', async () => {
    expect(await workerCount('auto', 1e6)).toBe(Math.min(256, availableParallelism()));
  });

  it('is one a core, but neither more than blocks of 64 rows nor than are useful', async () => {
    const size = fc.integer({ min: 1, max: 256 });
    await fc.assert(
      fc.asyncProperty(size, fc.integer({ min: 1, max: 20_000 }), size, async (cores, batch, useful) => {
        inBrowser(cores);
        expect(await workerCount('auto', batch, useful)).toBe(Math.min(cores, Math.ceil(batch / 64), useful));
      }),
    );
  });

  it('is one where a browser does not tell its cores', async () => {
    inBrowser(undefined);
    expect(await workerCount('auto', 1e6)).toBe(1);
  });
});
