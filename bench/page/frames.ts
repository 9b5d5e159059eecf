import type { Page } from 'playwright-core';

/** Milliseconds between frames of a page. */
export interface Frames {
  readonly count: number;
  readonly median: number;
  /** One in a hundred is longer. */
  readonly percentile99: number;
  readonly longest: number;
}

// As text, because what compiles this file would leave names in a function that the page does not have.
const RECORD = `{
  const gaps = [];
  let last;
  requestAnimationFrame(function next(now) {
    if (last !== undefined) gaps.push(now - last);
    last = now;
    requestAnimationFrame(next);
  });
  globalThis.frameGaps = gaps;
}`;

/** The frames of a page while `work` goes on: what other programs of the machine take is in them. */
export async function framesDuring(page: Page, work: () => Promise<void>): Promise<Frames> {
  await page.evaluate(RECORD);
  await work();
  const gaps: number[] = await page.evaluate('globalThis.frameGaps');
  return framesOf(gaps);
}

/** Gaps in short. */
export function framesOf(gaps: readonly number[]): Frames {
  const sorted = [...gaps].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { count: gaps.length, median: at(0.5), percentile99: at(0.99), longest: at(1) };
}
