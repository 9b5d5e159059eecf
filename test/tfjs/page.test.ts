import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as library from '../../dist/entries/tfjs-node.js';
import { chromiumPath, launchChromium } from '../support/chromium.js';
import { serveProject } from '../support/project-server.js';
import { runSuite, type SuiteAnswers } from './page/suite.js';

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
      await bundleInto(folder);
      const html = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page-main.js"></script>';
      const server = await serveProject(folder, { '/': html });
      const browser = await launchChromium();
      try {
        const tab = await browser.newPage();
        const complaints: string[] = [];
        tab.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
        tab.on('pageerror', ({ message }) => complaints.push(message));
        await tab.goto(server.address);
        const outcome = await tab.waitForFunction(() => (globalThis as { outcome?: object }).outcome);
        expect(await outcome.jsonValue()).toEqual({ page: here, worker: here });
        expect(complaints).toEqual([]);
      } finally {
        await browser.close();
        await server.stop();
      }
    });
  });
});

/** The programs of page and worker, and the modules of the wasm backend. */
async function bundleInto(folder: string): Promise<void> {
  const entryPoints = ['page-main', 'worker-main'].map((name) =>
    fileURLToPath(new URL(`page/${name}.ts`, import.meta.url)),
  );
  await build({ entryPoints, outdir: folder, bundle: true, splitting: true, format: 'esm', logLevel: 'error' });
  for (const name of ['tfjs-backend-wasm', 'tfjs-backend-wasm-simd', 'tfjs-backend-wasm-threaded-simd']) {
    await cp(join(backend, 'dist', `${name}.wasm`), join(folder, 'tfjs', `${name}.wasm`));
  }
}
