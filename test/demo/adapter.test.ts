import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeNpy } from '../../ts/data/npy.js';
import { loadAdapter } from '../../ts/entries/adapters-node.js';
import { random } from '../../ts/wasm/random.js';
import { chromiumPath, launchChromium } from '../support/chromium.js';
import { type Demo, runDemo, stopDemo } from './run-demo.js';
import { visit } from './visit.js';

const DIMS = 8;
const ROWS = 300;

/** Documents at random, and queries that are them turned and made noisy, in three files. */
function rotatedFiles(): Readonly<Record<string, Uint8Array>> {
  const stream = random(5);
  const documents = Array.from({ length: ROWS }, () => Array.from({ length: DIMS }, () => stream.normal()));
  const queries = documents.map((row) =>
    row.map((_, k) => (k % 3 ? 1 : -1) * row[(k + 1) % DIMS] + 0.3 * stream.normal()),
  );
  stream.dispose();
  const lines = documents.map((embedding, i) => JSON.stringify({ id: `d${i}`, embedding }));
  const qrels = queries.map((_, i) => `${i} 0 d${i} 1`);
  return {
    'queries.npy': writeNpy(queries),
    'corpus.jsonl': new TextEncoder().encode(lines.join('\n')),
    'qrels.tsv': new TextEncoder().encode(qrels.join('\n')),
  };
}

/** Drops files on the adapter's frame. */
async function drop(page: Page, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const plain = Object.entries(files).map(([name, bytes]) => ({ name, bytes: [...bytes] }));
  await page.locator('#drop').evaluate((frame, given) => {
    const dataTransfer = new DataTransfer();
    for (const { name, bytes } of given) dataTransfer.items.add(new File([Uint8Array.from(bytes)], name));
    frame.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, plain);
}

/** The table's numbers: base and adapted by metric. */
async function metrics(page: Page): Promise<readonly (readonly [base: number, adapted: number])[]> {
  const rows = await page.locator('#report tbody tr').all();
  return Promise.all(
    rows.map(async (row) => {
      const [base, adapted] = await row.locator('td').allTextContents();
      return [Number(base), Number(adapted)] as const;
    }),
  );
}

async function downloaded(page: Page): Promise<Uint8Array> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#report a[download]')]);
  expect(download.suggestedFilename()).toBe('adapter.safetensors');
  return readFile(await download.path());
}

describe.skipIf(chromiumPath === undefined && process.env.CI === undefined)(
  'the adapter panel of the demo page',
  () => {
    let browser: Browser;
    let demo: Demo;
    let address: string;

    beforeAll(async () => {
      demo = runDemo(['--port', '0', '--host', '127.0.0.1']);
      [browser, address] = await Promise.all([launchChromium(), demo.address]);
    });

    afterAll(async () => {
      await browser?.close();
      await stopDemo(demo);
    });

    it('fits dropped files, shows base and adapted, and gives an adapter that loads in Node', async () => {
      const { page, errors } = await visit(browser, address);
      await drop(page, rotatedFiles());
      await page.click('#adapter button[type=submit]');
      await page.locator('#report table').waitFor();
      const found = await metrics(page);
      expect(found).toHaveLength(4);
      for (const [base, adapted] of found) expect(adapted).toBeGreaterThan(base);
      expect(await page.textContent('#report .verdict')).toMatch(/^Better\. /);
      const adapter = loadAdapter(await downloaded(page));
      // A document's fourth number is its query's third: the adapter moves it back.
      const moved = adapter.query([0, 0, 1, 0, 0, 0, 0, 0]);
      expect(moved.indexOf(Math.max(...moved))).toBe(3);
      expect(errors).toEqual([]);
    });

    it('says in words what is wrong with a file, and fits the next', async () => {
      const { page } = await visit(browser, address);
      await drop(page, {
        'queries.npy': Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9),
        'documents.npy': rotatedFiles()['queries.npy'],
      });
      await page.locator('#adapter button[type=submit]:enabled').click();
      const trouble = page.locator('#fit-trouble');
      await expect.poll(() => trouble.textContent()).toMatch(/^queries\.npy: expected a \.npy, safetensors/);
      expect(await page.locator('#report').innerHTML()).toBe('');
      await page.click('#sample');
      await page.locator('#report table').waitFor();
      expect(await trouble.textContent()).toBe('');
    });

    it('has a sample that an adapter makes better, of which a fit can be stopped', async () => {
      const { page } = await visit(browser, address);
      await page.click('#sample');
      await page.locator('#report table').waitFor();
      for (const [base, adapted] of await metrics(page)) expect(adapted).toBeGreaterThan(base);
      expect(loadAdapter(await downloaded(page)).query(new Float32Array(384).fill(1))).toHaveLength(384);
      await page.click('#adapter button[type=submit]');
      await page.locator('#stop-fit:enabled').click();
      await page.locator('#report table').waitFor();
      expect(await page.textContent('#fit-trouble')).toBe('');
    });
  },
);
