import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compressedBytes } from '../../bench/page/transfer.js';
import { chromiumPath, launchChromium } from '../support/chromium.js';
import { type Demo, runDemo, stopDemo } from './run-demo.js';
import { buttonSays, pictures, set, visit } from './visit.js';

/** Presses Tab until the focus has gone round, and tells what it met. */
async function tabbed(page: Page): Promise<readonly string[]> {
  const met: string[] = [];
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => {
      const element = document.activeElement;
      return element === document.body ? '' : element?.id || element?.getAttribute('name') || element?.className || '?';
    });
    if (name === '') break;
    met.push(name);
  }
  return met;
}

const widths = (page: Page) => page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);

describe.skipIf(chromiumPath === undefined && process.env.CI === undefined)('the demo page for everyone', () => {
  let browser: Browser;
  let demo: Demo;
  let address: string;
  let elsewhere: Server;
  let heard = 0;

  beforeAll(async () => {
    elsewhere = createServer((_, response) => {
      heard += 1;
      response.writeHead(200, { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' });
      response.end('heard');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    demo = runDemo(['--port', '0', '--host', '127.0.0.1']);
    [browser, address] = await Promise.all([launchChromium(), demo.address]);
  });

  afterAll(async () => {
    await browser?.close();
    elsewhere.close();
    await stopDemo(demo);
  });

  it('is used by keyboard alone: in the order of reading, with names, from the first setting to the download', async () => {
    const { page, errors } = await visit(browser, address);
    const order = ['skip', 'grid', 'batch', 'critic', 'steps', 'seed', 'toggle', 'pad', 'clear', 'example'];
    expect(await tabbed(page)).toEqual([...order, 'queries', 'documents', 'qrels', 'adapt', 'sample']);
    const fields = page.locator('input, select, button, canvas, progress, [role=application]');
    for (const field of await fields.all()) {
      const hidden = await field.evaluate(
        (element) => element.closest('[aria-hidden], [hidden], [role=application] > canvas') !== null,
      );
      const name = await field.evaluate((element) => {
        const labels = 'labels' in element ? [...((element as HTMLInputElement).labels ?? [])] : [];
        return (
          element.getAttribute('aria-label') ??
          [...labels, element]
            .map(({ textContent }) => textContent)
            .join('')
            .trim()
        );
      });
      if (!hidden) expect(name).not.toBe('');
    }
    await page.focus('[name=grid]');
    await page.keyboard.type('1');
    await page.focus('[name=steps]');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('60');
    await page.keyboard.press('Enter');
    await buttonSays(page, 'Start again');
    await page.focus('#example');
    await page.keyboard.press('Space');
    await page.locator('#nearest .wpc.found').waitFor();
    await page.focus('#sample');
    await page.keyboard.press('Enter');
    await page.locator('#report table').waitFor();
    await page.focus('#report a');
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    expect(download.suggestedFilename()).toBe('adapter.safetensors');
    expect(errors).toEqual([]);
  });

  it('fits 360 pixels at every stage, in the dark too', async () => {
    const { page } = await visit(browser, address, { viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
    expect(await widths(page)).toEqual([360, 360]);
    await set(page, { steps: '60' });
    await page.click('#toggle');
    await buttonSays(page, 'Start again');
    await page.click('#example');
    await page.locator('#nearest .cpc.found').waitFor();
    await page.click('#sample');
    await page.locator('#report table').waitFor();
    expect(await widths(page)).toEqual([360, 360]);
    const dark = await pictures(page);
    await page.emulateMedia({ colorScheme: 'light' });
    for (const name of ['wpc', 'pad'] as const)
      await expect.poll(async () => (await pictures(page))[name]).not.toBe(dark[name]);
  });

  it('asks its own origin only, may ask no other, and weighs less than 700 kB compressed', async () => {
    const { page, requests } = await visit(browser, address);
    await set(page, { grid: '1', steps: '40' });
    await page.click('#toggle');
    await buttonSays(page, 'Start again');
    expect(await compressedBytes(requests)).toBeLessThan(700_000);
    await page.click('#sample');
    await page.locator('#report table').waitFor();
    const { origin } = new URL(address);
    expect(new Set(requests.filter((url) => !url.startsWith('data:')).map((url) => new URL(url).origin))).toEqual(
      new Set([origin]),
    );
    const { port } = elsewhere.address() as AddressInfo;
    const outcome = await page.evaluate(
      (url) =>
        fetch(url).then(
          (response) => response.text(),
          (error: Error) => error.message,
        ),
      `http://127.0.0.1:${port}/`,
    );
    expect(outcome).toBe('Failed to fetch');
    expect(heard).toBe(0);
    // The same request from Node arrives: only the policy kept the page's.
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('heard');
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  });
});
