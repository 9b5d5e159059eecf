import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fitAdapter, loadAdapter } from '../../ts/entries/adapters-node.js';
import { chromiumPath, launchChromium } from '../support/chromium.js';
import { type ProjectServer, serveProject } from '../support/project-server.js';

const PAGE = `<!doctype html><script type="module">
  import { load } from '/entries/web.js';
  import { fitAdapter, loadAdapter } from '/entries/adapters.js';
  try {
    await load({ evaluation: true });
    ${String(rotatedPairs)}
    const { adapter, improved, reason } = await fitAdapter({ ...rotatedPairs(), qrels: 'pairs', deterministic: true });
    const bytes = adapter.toBytes();
    window.outcome = { improved, reason, bytes: [...bytes], query: [...loadAdapter(bytes).query([1, 2, 3, 4, 5, 6, 7, 8])] };
  } catch (error) {
    window.outcome = { reason: error.stack };
  }
</script>`;

/** Documents of eight numbers, and queries that are them turned and made noisy; whole numbers, so the same anywhere. */
function rotatedPairs(): { readonly queries: number[][]; readonly documents: number[][] } {
  let state = 1;
  const draw = () => {
    state = (state * 48271) % 2147483647;
    return (state % 2001) - 1000;
  };
  const row = () => Array.from({ length: 8 }, draw);
  const documents = Array.from({ length: 300 }, row);
  const turned = (values: readonly number[]) =>
    values.map((_, k) => (k % 3 === 0 ? -1 : 1) * (values[(k + 1) % 8] ?? 0));
  const queries = documents.map((document) => turned(document).map((value) => 4 * value + draw()));
  return { queries, documents };
}

if (chromiumPath !== undefined || process.env.CI !== undefined) {
  describe('kantorovich/adapters in a page', () => {
    let browser: Browser;
    let server: ProjectServer;

    beforeAll(async () => {
      server = await serveProject(fileURLToPath(new URL('../../dist', import.meta.url)), { '/': PAGE });
      browser = await launchChromium();
    });

    afterAll(async () => {
      await browser?.close();
      await server.stop();
    });

    it('fits the adapter that Node fits, bit for bit, and applies it', async () => {
      const page = await browser.newPage();
      await page.goto(server.address);
      const outcome = await page.waitForFunction(() => (window as unknown as { outcome?: Outcome }).outcome);
      const there = (await outcome.jsonValue()) as Outcome;
      const { adapter, improved, reason } = await fitAdapter({
        ...rotatedPairs(),
        qrels: 'pairs',
        deterministic: true,
      });
      const bytes = adapter.toBytes();
      expect([there.reason, there.improved]).toEqual([reason, improved]);
      expect(improved).toBe(true);
      expect(Uint8Array.from(there.bytes)).toEqual(bytes);
      expect(Float32Array.from(there.query)).toEqual(loadAdapter(bytes).query([1, 2, 3, 4, 5, 6, 7, 8]));
    });
  });
}

interface Outcome {
  readonly improved: boolean;
  readonly reason: string;
  readonly bytes: number[];
  readonly query: number[];
}
