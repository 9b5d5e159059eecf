import type { Browser, Page } from 'playwright-core';

/** A page under watch. */
export interface WatchedTab {
  readonly tab: Page;
  /** What the page has complained of so far: errors on its console, and those that nobody caught. */
  readonly complaints: readonly string[];
}

/** A new page, still empty. */
export async function watchedTab(browser: Browser): Promise<WatchedTab> {
  const tab = await browser.newPage();
  const complaints: string[] = [];
  tab.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  tab.on('pageerror', ({ message }) => complaints.push(message));
  return { tab, complaints };
}
