import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** A visitor's page, with what went wrong in it. */
export interface Visit {
  readonly page: Page;
  /** Addresses that were asked for. */
  readonly requests: readonly string[];
  /** Errors that nobody caught, and what the console calls errors. */
  readonly errors: readonly string[];
}

/** Opens the demo and waits for its first pictures. */
export async function visit(browser: Browser, address: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const page = await (await browser.newContext(options)).newPage();
  const [requests, errors]: [string[], string[]] = [[], []];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(address);
  await page.getByText('No encoder is told what a digit is').waitFor();
  return { page, requests, errors };
}

/** Settings by name, as a visitor types and chooses them. */
export async function set(page: Page, settings: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) {
    const field = page.locator(`#settings [name=${name}]`);
    if ((await field.evaluate(({ tagName }) => tagName)) === 'SELECT') await field.selectOption(value);
    else await field.fill(value);
    await field.blur();
  }
}

/** Waits until the button of the training says this. */
export async function buttonSays(page: Page, text: string): Promise<void> {
  await page.locator('#toggle', { hasText: new RegExp(`^${text}$`) }).waitFor();
}

/** Until what is to be drawn has been drawn: pictures come with the next frame. */
function painted(page: Page): Promise<unknown> {
  return page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/** What the pictures of the page are: both maps, the chart, and the pad. */
export async function pictures(page: Page): Promise<Readonly<Record<'wpc' | 'cpc' | 'curves' | 'pad', string>>> {
  await painted(page);
  const canvas = (selector: string) =>
    page.locator(selector).evaluate((found) => (found as HTMLCanvasElement).toDataURL());
  return {
    wpc: await canvas('.method.wpc .map canvas'),
    cpc: await canvas('.method.cpc .map canvas'),
    curves: await page.locator('#curves').innerHTML(),
    pad: await canvas('#pad canvas'),
  };
}

/** The held-out values of a curve, from pixels: a larger number is a larger value. */
export async function curve(page: Page, method: 'wpc' | 'cpc'): Promise<readonly number[]> {
  await painted(page);
  const points = (await page.locator(`#curves polyline.${method}`).getAttribute('points')) ?? '';
  return points.split(' ').map((point) => -Number(point.split(',')[1]));
}

/** Figures that a method's card shows, in order. */
export function figures(page: Page, method: 'wpc' | 'cpc'): Promise<string[]> {
  return page.locator(`#methods .${method} dd`).allTextContents();
}
