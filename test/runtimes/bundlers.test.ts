import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installPackage } from '../../scripts/runtimes/install-package.js';
import { chromiumPath, launchChromium } from '../support/chromium.js';
import { serveProject } from '../support/project-server.js';
import { bundlers, page, type Site } from './bundlers.js';

/** The first loss of case W2 after two loads at once, and a probe after a third. */
const program = (library: string) => `
  import { infoNCE, linearProbe, load } from '${library}';
  async function run() {
    await Promise.all([load(), load()]);
    const G = [[1, 0], [0, 1], [1, 1], [-1, 0.5]];
    const H = [[0.5, 0.5], [0, 1], [1, 0], [-1, 1]];
    const first = infoNCE(G, H).value;
    await load({ evaluation: true });
    const part = { features: [[-1], [-2], [1], [2]], labels: Uint8Array.of(0, 0, 1, 1) };
    return { first, accuracy: linearProbe({ train: part, validation: part, test: part }).accuracy };
  }
  globalThis.outcome = await run().catch((error) => ({ error: String(error) }));
`;
const right = { first: expect.closeTo(0.37738750158043, 6), accuracy: 1 };

const WEB = '/node_modules/kantorovich/dist/entries/web.js';
const SIMD128 = '/node_modules/kantorovich/dist/wasm/build/kantorovich.simd128.wasm';
const pages = { '/': page('/plain.js') };

describe.skipIf(chromiumPath === undefined && process.env.CI === undefined)('G1: a page', () => {
  let project = '';
  let browser: Browser | null = null;

  beforeAll(async () => {
    project = await realpath(await mkdtemp(join(tmpdir(), 'kantorovich-')));
    await installPackage(project);
    await writeFile(join(project, 'main.js'), program('kantorovich'));
    await writeFile(join(project, 'index.html'), page('./main.js'));
    await writeFile(join(project, 'plain.js'), program(WEB));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(project, { recursive: true, force: true });
  });

  /** What the page of a site finds out, what browser and page complain of, and how many .wasm files were asked for. */
  async function visit(site: Promise<Site>) {
    if (browser === null) throw new Error('no browser');
    const { address, stop } = await site;
    const tab = await browser.newPage();
    try {
      const [complaints, files]: [string[], string[]] = [[], []];
      tab.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      tab.on('pageerror', ({ message }) => complaints.push(message));
      tab.on('request', (request) => request.url().endsWith('.wasm') && files.push(request.url()));
      await tab.goto(address);
      const outcome = await tab.waitForFunction(() => (globalThis as { outcome?: object }).outcome);
      return { address, outcome: await outcome.jsonValue(), complaints, files };
    } finally {
      await tab.close();
      await stop();
    }
  }

  it.each(['webpack', 'Vite, built for /app/ and previewed', 'Vite, while developing'] as const)(
    'has the first loss with %s, unconfigured: each .wasm file is fetched once',
    async (name) => {
      const { outcome, complaints, files } = await visit(bundlers[name](project));
      expect({ outcome, complaints }).toEqual({ outcome: right, complaints: [] });
      expect(new Set(files).size).toBe(4);
      expect(files).toHaveLength(4);
    },
  );

  it.each(['esbuild', 'Rollup'] as const)(
    'has the first loss with %s, unconfigured: it copies no files, so the core comes as JavaScript',
    async (name) => {
      const { outcome, complaints, files } = await visit(bundlers[name](project));
      expect({ outcome, complaints, files }).toEqual({ outcome: right, complaints: [], files: [] });
    },
  );

  it.each(['application/wasm', 'application/octet-stream'])(
    'has the first loss without a bundler, from a server that calls a .wasm file %s',
    async (type) => {
      const { outcome, complaints, files } = await visit(serveProject(project, pages, { '.wasm': type }));
      expect({ outcome, complaints }).toEqual({ outcome: right, complaints: [] });
      expect(files).toHaveLength(4);
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
