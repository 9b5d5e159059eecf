import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as library from '../../dist/entries/tfjs-node.js';
import { chromiumPath, launchChromium } from '../support/chromium.js';
import { expectClose } from '../support/close.js';
import { serveProject } from '../support/project-server.js';
import { watchedTab } from '../support/watched-tab.js';
import { runSuite, type SuiteAnswers } from './page/suite.js';
import type { DeviceRun } from './page/webgl-main.js';

const backend = dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm/package.json')));

describe('the suite of TensorFlow.js', () => {
  let here: SuiteAnswers;
  let folder = '';

  beforeAll(async () => {
    here = await runSuite(library);
    folder = await mkdtemp(join(tmpdir(), 'kantorovich-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('finds nothing wrong in Node, learns, and leaves no tensors', () => {
    expect(here.wrong).toEqual([]);
    expect(here.compared).toBeGreaterThan(400);
    expect(here.losses[199]).toBeLessThan(here.losses[0] - 1);
    expect(here.tensors[1]).toBe(here.tensors[0]);
    expect(here.refusals).toEqual([expect.stringMatching(/^DataError/), expect.stringMatching(/^ShapeError/)]);
  });

  describe.skipIf(chromiumPath === undefined && process.env.CI === undefined)('in Chromium', () => {
    it('answers in a page and in a worker what it answers in Node', async () => {
      expect(await outcomeOf('page-main')).toEqual({ page: here, worker: here });
    });

    it('trains on the webgl backend as on the cpu backend, whether it waits for downloads or not', async (context) => {
      const { cpu, waiting, asynchronous } = (await outcomeOf('webgl-main')) as Record<string, DeviceRun | null>;
      if (waiting === null || asynchronous === null) return context.skip('this Chromium has no WebGL');
      expect(cpu?.losses[19]).toBeLessThan(Number(cpu?.losses[0]) - 0.5);
      for (const run of [waiting, asynchronous]) {
        expectClose(run.losses, cpu?.losses ?? [], { absolute: 1e-4 }, 'loss of step');
        expect(run.tensors[1]).toBe(run.tensors[0]);
      }
    });

    /** What a page with that program finds out; nothing else is complained of. */
    async function outcomeOf(program: string): Promise<unknown> {
      await bundleInto(folder, program);
      const html = `<!doctype html><link rel="icon" href="data:,"><script type="module" src="/${program}.js"></script>`;
      const server = await serveProject(folder, { '/': html });
      const browser = await launchChromium();
      try {
        const { tab, complaints } = await watchedTab(browser);
        await tab.goto(server.address);
        const outcome = await tab.waitForFunction(() => (globalThis as { outcome?: object }).outcome);
        expect(complaints).toEqual([]);
        return await outcome.jsonValue();
      } finally {
        await browser.close();
        await server.stop();
      }
    }
  });
});

/** A page's program, a worker's, and the modules of the wasm backend. */
async function bundleInto(folder: string, program: string): Promise<void> {
  const entryPoints = [program, 'worker-main'].map((name) =>
    fileURLToPath(new URL(`page/${name}.ts`, import.meta.url)),
  );
  await build({ entryPoints, outdir: folder, bundle: true, splitting: true, format: 'esm', logLevel: 'error' });
  for (const name of ['tfjs-backend-wasm', 'tfjs-backend-wasm-simd', 'tfjs-backend-wasm-threaded-simd']) {
    await cp(join(backend, 'dist', `${name}.wasm`), join(folder, 'tfjs', `${name}.wasm`));
  }
}
