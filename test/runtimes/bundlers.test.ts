import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTrainer, type TrainerJob } from '../../dist/entries/workers-node.js';
import { installPackage } from '../../scripts/runtimes/install-package.js';
import { chromiumPath, launchChromium } from '../support/chromium.js';
import { serveProject } from '../support/project-server.js';
import { watchedTab } from '../support/watched-tab.js';
import { bundlers, page, type Site } from './bundlers.js';

/** What a trainer in a worker does: plain data, the same in Node. */
const rows = { data: Array.from({ length: 240 }, (_, at) => ((at * 37) % 23) - 11), rows: 60, cols: 4 };
const job = (array: (numbers: readonly number[]) => Float32Array): TrainerJob => {
  const pairs = { x: { ...rows, data: array(rows.data) }, y: { ...rows, data: array(rows.data) } };
  return { data: { kind: 'arrays', pairs }, options: { encoder: '6-3', batch: 8, steps: 12, deterministic: true } };
};

/** The first loss of case W2 after two loads at once, a probe after a third, and the last loss of a trainer in a worker. */
const program = (library: string, workers: string) => `
  import { infoNCE, linearProbe, load } from '${library}';
  import { createTrainer } from '${workers}';
  const rows = ${JSON.stringify(rows)};
  const job = ${String(job)};
  async function run() {
    await Promise.all([load(), load()]);
    const G = [[1, 0], [0, 1], [1, 1], [-1, 0.5]];
    const H = [[0.5, 0.5], [0, 1], [1, 0], [-1, 1]];
    const first = infoNCE(G, H).value;
    await load({ evaluation: true });
    const part = { features: [[-1], [-2], [1], [2]], labels: Uint8Array.of(0, 0, 1, 1) };
    const { accuracy } = linearProbe({ train: part, validation: part, test: part });
    const fetched = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.wasm')).length;
    const trainer = await createTrainer();
    const { history } = await trainer.train(job((numbers) => Float32Array.from(numbers)));
    trainer.dispose();
    return { first, accuracy, fetched, loss: history.at(-1).loss };
  }
  globalThis.outcome = await run().catch((error) => ({ error: String(error) }));
`;

/** What it finds out, having fetched so many files; bit for bit what Node does where it comes to the trainer. */
async function right(fetched: number) {
  const trainer = await createTrainer();
  const { history } = await trainer.train(job((numbers) => Float32Array.from(numbers)));
  trainer.dispose();
  return { first: expect.closeTo(0.37738750158043, 6), accuracy: 1, fetched, loss: history.at(-1)?.loss };
}

const ENTRIES = '/node_modules/kantorovich/dist/entries';
const SIMD128 = '/node_modules/kantorovich/dist/wasm/build/kantorovich.simd128.wasm';
const pages = { '/': page('/plain.js') };

describe.skipIf(chromiumPath === undefined && process.env.CI === undefined)('G1: a page', () => {
  let project = '';
  let browser: Browser | null = null;

  beforeAll(async () => {
    project = await realpath(await mkdtemp(join(tmpdir(), 'kantorovich-')));
    await installPackage(project);
    await writeFile(join(project, 'main.js'), program('kantorovich', 'kantorovich/workers'));
    await writeFile(join(project, 'index.html'), page('./main.js'));
    await writeFile(join(project, 'plain.js'), program(`${ENTRIES}/web.js`, `${ENTRIES}/workers.js`));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(project, { recursive: true, force: true });
  });

  /** What the page of a site finds out, and what browser and page complain of. */
  async function visit(site: Promise<Site>) {
    if (browser === null) throw new Error('no browser');
    const { address, stop } = await site;
    const { tab, complaints } = await watchedTab(browser);
    try {
      await tab.goto(address);
      const outcome = await tab.waitForFunction(() => (globalThis as { outcome?: object }).outcome);
      return { address, outcome: await outcome.jsonValue(), complaints };
    } finally {
      await tab.close();
      await stop();
    }
  }

  it.each(['webpack', 'Vite, built for /app/ and previewed', 'Vite, while developing'] as const)(
    'computes and trains with %s, unconfigured: each .wasm file is fetched once',
    async (name) => {
      const { outcome, complaints } = await visit(bundlers[name](project));
      expect({ outcome, complaints }).toEqual({ outcome: await right(4), complaints: [] });
    },
  );

  it.each(['esbuild', 'Rollup'] as const)(
    'computes and trains with %s, unconfigured: it copies no files, so the core comes as JavaScript',
    async (name) => {
      const { outcome, complaints } = await visit(bundlers[name](project));
      expect({ outcome, complaints }).toEqual({ outcome: await right(0), complaints: [] });
    },
  );

  it.each(['application/wasm', 'application/octet-stream'])(
    'computes and trains without a bundler, from a server that calls a .wasm file %s',
    async (type) => {
      const { outcome, complaints } = await visit(serveProject(project, pages, { '.wasm': type }));
      expect({ outcome, complaints }).toEqual({ outcome: await right(4), complaints: [] });
    },
  );

  it.each(['text/html', 'application/wasm'])(
    'says which address answered with what, where a page of the type %s comes in the place of a .wasm file',
    async (type) => {
      const lost = { ...pages, [SIMD128]: '<!doctype html>' };
      const { address, outcome } = await visit(serveProject(project, lost, { '.html': type, '/': 'text/html' }));
      const error = `InternalError: ${address}${SIMD128} answered 200 with bytes 3c 21 64 6f, expected a .wasm file`;
      expect(outcome).toEqual({ error: expect.stringContaining(error) });
    },
  );
});
