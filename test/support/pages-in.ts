import type { Browser, Page } from 'playwright-core';
import { launchChromium } from './chromium.js';
import { type PackageServer, type PackageServerOptions, servePackage } from './package-server.js';

/** How a page is served. */
export type PageOptions = Omit<PackageServerOptions, 'pages'>;

/** Pages of Chromium that run functions of a test. */
export interface Pages {
  /** What `work` gives in a new page: it crosses as text, and its argument is what the page's `window.run` hands it. */
  open<T>(work: (...given: never[]) => Promise<T>, options?: PageOptions): Promise<T>;
  /** What `use` gives of a new page, from outside it. */
  visit<T>(use: (page: Page) => Promise<T>, options?: PageOptions): Promise<T>;
  close(): Promise<void>;
}

/** Opens pages with this HTML, which defines `window.run`. */
export function pagesIn(html: string): Pages {
  let browser: Promise<Browser> | null = null;
  const servers: PackageServer[] = [];
  const visit = async <T>(use: (page: Page) => Promise<T>, options: PageOptions = {}): Promise<T> => {
    browser ??= launchChromium();
    const server = await servePackage({ pages: { '/': html }, ...options });
    servers.push(server);
    const page = await (await browser).newPage();
    await page.goto(`${server.origin}/`);
    await page.waitForFunction(() => 'run' in window);
    const outcome = await use(page);
    await page.close();
    return outcome;
  };
  return {
    open: <T>(work: (...given: never[]) => Promise<T>, options?: PageOptions) =>
      visit((page) => page.evaluate<T>(`window.run(${work})`), options),
    visit,
    async close() {
      await (await browser)?.close();
      for (const server of servers) server.close();
    },
  };
}
