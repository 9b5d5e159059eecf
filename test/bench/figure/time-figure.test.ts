import { JSDOM } from 'jsdom';
import { describe, expect, it } from 'vitest';
import { timeFigure } from '../../../bench/figure/time-figure.js';
import { benchRecord } from '../../../bench/record.js';

const sizes = [256, 1024, 4096];

/** Times that grow as n²; the peer ends at 1,024 and we reach half of the limit. */
const records = sizes.map((n) => {
  const own = (n / 256) ** 2;
  const ms = new Map([['kantorovich', own], ...(n > 1024 ? [] : [['pytorch-2.15', 3 * own] as const])]);
  const gflops = new Map([
    ['kantorovich', 20],
    ['limit', 40],
  ]);
  const description = { objective: 'cpc', critic: 'separable', n, d: 64 };
  return benchRecord({ suite: 'scale', case: description, ms, gflops }, [{ name: 'kantorovich', version: '0.1.0' }]);
});

const { document } = new JSDOM(timeFigure(records), { contentType: 'image/svg+xml' }).window;

function texts(): readonly (string | null)[] {
  return [...document.querySelectorAll('text')].map(({ textContent }) => textContent);
}

/** The corners of each line, in pixels: the limit first, ours last. */
function lines(): readonly (readonly (readonly number[])[])[] {
  return [...document.querySelectorAll('g[aria-label="line"] path')].map((path) =>
    [...(path.getAttribute('d') ?? '').matchAll(/[ML]([\d.]+),([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]),
  );
}

describe('timeFigure', () => {
  it('is an SVG file of its own, readable on light and on dark pages, that says what it shows', () => {
    const root = document.documentElement;
    expect(root.namespaceURI).toBe('http://www.w3.org/2000/svg');
    expect(root.getAttribute('aria-label')).toMatch(/kantorovich up to n 4096, pytorch-2\.15 up to n 1024/);
    const style = document.querySelector('style')?.textContent ?? '';
    expect(style).toMatch(/prefers-color-scheme: dark/);
    const used = new Set([...root.outerHTML.matchAll(/var\(--([\w-]+)\)/g)].map(([, name]) => name));
    used.delete('plot-background');
    for (const name of used) expect(style.match(new RegExp(`--${name}: #`, 'g')), name).toHaveLength(2);
  });

  it('names every line and both axes', () => {
    expect(texts()).toEqual(expect.arrayContaining(['kantorovich', 'pytorch-2.15', 'limit', '256', '4,096']));
    expect(texts()).toEqual(expect.arrayContaining(['1 ms', '100 ms', 'pairs in the batch, n']));
  });

  it('has a line for each engine as far as it got, straight where time grows as n², and the limit', () => {
    const [limit, peer, own] = lines();
    expect([limit, peer, own].map(({ length }) => length)).toEqual([3, 2, 3]);
    const [[x0, y0], [x1, y1], [x2, y2]] = own;
    expect(x2 - x1).toBeCloseTo(x1 - x0, 3);
    expect(y2 - y1).toBeCloseTo(y1 - y0, 3);
    expect(limit[0][1]).toBeGreaterThan(y0);
    expect(peer[0][1]).toBeLessThan(y0);
  });
});
