import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportPage } from '../../scripts/start/report/page.js';
import { chromiumPath, launchChromium } from '../support/chromium.js';
import { checkReport } from './report-checks.js';
import { sampleResults } from './sample-results.js';

const results = sampleResults();
const html = reportPage(results, 'made by a <test> & "quoted"');

describe('the report', () => {
  it('holds every picture and needs nothing but itself', () => {
    checkReport(html, results);
  });

  it('prints what has no meaning as a dash, and what is no number by name (X2)', () => {
    expect(html).toContain('<td class="number">—</td>');
    const [first, ...rest] = results.models;
    const broken = { ...first, row: { ...first.row, value: Number.NaN, wdm: Number.NEGATIVE_INFINITY } };
    const page = reportPage({ ...results, models: [broken, ...rest] }, '');
    expect(page).toContain('<td class="number">NaN</td>');
    expect(page).toContain('<td class="number">† −Infinity</td>');
  });

  it('says which values are no Wasserstein quantities', () => {
    expect(html).toContain('Without a constraint on the critic (none) it is no Wasserstein quantity');
  });

  it('takes text as text', () => {
    expect(html).toContain('<footer>made by a &lt;test&gt; &amp; &quot;quoted&quot;</footer>');
  });
});

// On a machine without a browser the checks above are all there is; .ci/run installs one, and there it must be.
if (chromiumPath !== undefined || process.env.CI !== undefined) {
  describe('the report in Chromium', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchChromium();
    });
    afterAll(() => browser.close());

    it.each([
      ['wide and light', 1200, 'light'],
      ['wide and dark', 1200, 'dark'],
      ['narrow', 390, 'light'],
    ] as const)('shows all its pictures: %s', async (_name, width, colorScheme) => {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      const faults: string[] = [];
      page.on('pageerror', ({ message }) => faults.push(message));
      page.on('request', (request) => request.url().startsWith('data:') || faults.push(request.url()));
      await page.setContent(html, { waitUntil: 'load' });
      const seen = await page.evaluate(look);
      expect(faults).toEqual([]);
      expect(seen.imageWidths).toEqual(new Array(8).fill(42));
      expect(Math.min(...seen.curveLengths)).toBeGreaterThan(50);
      expect(seen.curveLengths).toHaveLength(2 * results.models.length);
      expect(seen.marks).toBe(200 * 6);
      expect(seen.overflow).toBe(0);
      expect(await background(page)).toBe(colorScheme === 'dark' ? 'rgb(23, 23, 22)' : 'rgb(252, 252, 250)');
      await page.close();
    });
  });
}

/** Runs in the page: measures what can be seen of it. */
function look() {
  const isSeen = (element: Element) => element.getClientRects().length > 0;
  const paths = [...document.querySelectorAll<SVGPathElement>('figure svg [aria-label=line] path')];
  return {
    imageWidths: [...document.images].map(({ naturalWidth }) => naturalWidth),
    curveLengths: paths.filter(isSeen).map((path) => path.getTotalLength()),
    marks: [...document.querySelectorAll('.panel svg text')].filter(isSeen).length,
    overflow: document.documentElement.scrollWidth - window.innerWidth,
  };
}

function background(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
}
