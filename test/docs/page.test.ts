import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installPackage } from '../../scripts/runtimes/install-package.js';
import { bundlers } from '../runtimes/bundlers.js';
import { chromiumPath, launchChromium } from '../support/chromium.js';
import { watchedTab } from '../support/watched-tab.js';

const readme = await readFile(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
const section = readme.slice(readme.indexOf('\n## In a page\n'), readme.indexOf('\n## As a function\n'));

/** The section's block in a language. */
function block(language: string): string {
  const [, code] = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(section) ?? [];
  if (code === undefined) throw new Error(`README has no ${language} in its section of pages`);
  return code;
}

describe.skipIf(chromiumPath === undefined && process.env.CI === undefined)('the page in the README', () => {
  let project = '';
  let browser: Browser | null = null;

  beforeAll(async () => {
    project = await realpath(await mkdtemp(join(tmpdir(), 'kantorovich-')));
    await installPackage(project);
    await writeFile(join(project, 'main.js'), block('js'));
    await writeFile(join(project, 'index.html'), `<!doctype html><link rel="icon" href="data:,">\n${block('html')}`);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(project, { recursive: true, force: true });
  });

  it.each(['Vite, built for /app/ and previewed', 'Vite, while developing', 'webpack'] as const)(
    'trains and embeds in a worker when pasted, with %s',
    async (name) => {
      const site = await bundlers[name](project);
      if (browser === null) throw new Error('no browser');
      const { tab, complaints } = await watchedTab(browser);
      try {
        await tab.goto(site.address);
        // A server that knows nothing of the README sends a page of its own.
        await tab.evaluate(() => {
          if (document.querySelector('output') === null) document.body.append(document.createElement('output'));
        });
        const text = await tab.waitForFunction(
          () =>
            /step 600: (\S+) of 5 nats; embeddings of 32 numbers/.exec(
              document.querySelector('output')?.value ?? '',
            )?.[1],
        );
        expect(Number(await text.jsonValue())).toBeGreaterThan(1);
        expect(complaints).toEqual([]);
      } finally {
        await tab.close();
        await site.stop();
      }
    },
  );
});
