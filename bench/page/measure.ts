import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { buildPage } from '../../scripts/demo/build-page.js';
import { servePage } from '../../scripts/demo/serve-page.js';
import { buttonSays, figures, set, visit } from '../../test/demo/visit.js';
import { chromiumPath, launchChromium } from '../../test/support/chromium.js';
import type { Extent } from '../suites/suite.js';
import { type Frames, framesDuring } from './frames.js';
import { mainThreadTasks } from './main-thread.js';
import { compressedBytes } from './transfer.js';

/** What the demo page takes of a browser. */
export interface PageFigures {
  /** Training steps of each of the two encoders that are trained at once. */
  readonly steps: number;
  /** Bytes under gzip of a visit and a training. */
  readonly bytes: number;
  /** Milliseconds from the address to the first pictures, everything fetched. */
  readonly firstPictures: number;
  /** Pairs a second at the end, by method. */
  readonly speeds: ReadonlyMap<string, number>;
  readonly frames: Frames;
  /** The longest task of the page's own thread, in milliseconds of processor time. */
  readonly longestTask: number;
  readonly faults: readonly string[];
}

const STEPS: Readonly<Record<Extent, number>> = { check: 40, quick: 500, full: 2000 };

/** Measures the page in headless Chromium, in two visits; null where there is none. */
export async function measurePage(extent: Extent, onProgress: (state: string) => void): Promise<PageFigures | null> {
  if (chromiumPath === undefined) return null;
  onProgress('page: building it');
  const folder = await mkdtemp(join(tmpdir(), 'kantorovich-page-'));
  try {
    await buildPage(folder);
    const server = await servePage({ folder, host: '127.0.0.1', port: 0 });
    const browser = await launchChromium();
    try {
      return await measureVisits(browser, server.address, STEPS[extent], onProgress);
    } finally {
      await browser.close();
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureVisits(
  browser: Browser,
  address: string,
  steps: number,
  onProgress: (state: string) => void,
): Promise<PageFigures> {
  onProgress('page: frames while two encoders are trained');
  const began = performance.now();
  const { page, requests, errors } = await visit(browser, address);
  const firstPictures = performance.now() - began;
  const frames = await framesDuring(page, () => train(page, steps));
  const speeds = new Map<string, number>();
  for (const method of ['wpc', 'cpc'] as const) {
    const [, , speed = ''] = await figures(page, method);
    speeds.set(method, Number(speed.replaceAll(',', '')));
  }
  // Tracing costs time itself: frames are not measured under it.
  onProgress('page: tasks of its own thread');
  const second = await visit(browser, address);
  const tasks = await mainThreadTasks(browser, second.page, () => train(second.page, steps));
  return {
    ...{ steps, firstPictures, speeds, frames },
    bytes: await compressedBytes(requests),
    longestTask: Math.max(...tasks),
    faults: [...errors, ...second.errors].map((error) => `page: ${error}`),
  };
}

/** A training, with a digit in both maps. */
async function train(page: Page, steps: number): Promise<void> {
  await set(page, { steps: String(steps) });
  await page.click('#example');
  await page.click('#toggle');
  await buttonSays(page, 'Start again');
}
