import type { Browser } from 'playwright-core';
import { launchChromium } from './chromium.js';
import { type PackageServer, type PackageServerOptions, servePackage } from './package-server.js';

/** How a page is served. */
export type PageOptions = Omit<PackageServerOptions, 'pages'>;

/** Pages of Chromium that run functions of a test. */
export interface Pages {
  /** What `work` gives in a new page: it crosses as text, and its argument is what the page's `window.run` hands it. */
  open<T>(work: (...given: never[]) => Promise<T>, options?: PageOptions): Promise<T>;
  close(): Promise<void>;
}

/** Opens pages with this HTML, which defines `window.run`. */
export function pagesIn(html: string): Pages {
  let browser: Promise<Browser> | null = null;
  const servers: PackageServer[] = [];
  return {
    async open<T>(work: (...given: never[]) => Promise<T>, options: PageOptions = {}) {
      browser ??= launchChromium();
      const server = await servePackage({ pages: { '/': html }, ...options });
      servers.push(server);
      const page = await (await browser).newPage();
      await page.goto(`${server.origin}/`);
      await page.waitForFunction(() => 'run' in window);
      const outcome = await page.evaluate(`window.run(${work})`);
      await page.close();
      return outcome as T;
    },
    async close() {
      await (await browser)?.close();
      for (const server of servers) server.close();
    },
  };
}
