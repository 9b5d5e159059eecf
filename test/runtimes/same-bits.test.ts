import { execFile, execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binaries } from '../../scripts/runtimes/binaries.js';
import { installPackage } from '../../scripts/runtimes/install-package.js';
import { bundleWorker, serveWorkerd } from '../../scripts/runtimes/workerd.js';
import { chromiumPath, launchChromium } from '../support/chromium.js';
import { plainBrowsers } from '../support/plain-browsers.js';
import { type ProjectServer, serveProject } from '../support/project-server.js';

const run = promisify(execFile);
const isCi = process.env.CI !== undefined;

// Printed by Node 20 on x64. A change of the training, of the random numbers or of the core changes them; then take over
// what the test prints.
const expected = {
  loss: 'f074e478518c070c6a7c9957d7a994cce286570c74628da2f03bd2a0a5f7d5cc',
  'wpc, orthonormal: losses': '8486939ae07510e34ec4921f999682f23a5550ca4ebc4bd7f63f0c72489ecdde',
  'wpc, orthonormal: weights': 'e4045502f2918e4a5943397a7964d5318675a3dc917f89c225e58971338d0782',
  'cpc, gradient penalty: losses': '0b5a09bb5316199384f7eceb6aae70d30f897917144189828f6a8c129a17e58e',
  'cpc, gradient penalty: weights': '9405558961fced8c819e1113bf9be31e83371222a6e9a488d1dab62b0e67a426',
  embeddings: '3289f2555df4f0eb334b2dd0c9af6de946faf70773dae79f50842aa69526d2f0',
  probe: 'b6ff7155c9618055e63181cfb623dbac5d80445567388486093041b4f5656e79',
  adapter: 'fc05a239f29db5708845eafe712f262c9e31bbffb4f38b65b22e6f06dc903e2f',
};

const HERE = process.versions.node.split('.')[0];
const OTHERS = ['20', '22', '24'].filter((version) => version !== HERE);

/** Another Node, which npm's package of that name brings. */
const nodeCommand = (version: string) => ['--yes', '--prefer-offline', '--package', `node@${version}`, '--', 'node'];

/** Whether npm has brought it here before: without a network a test must not ask for it. */
function isCached(version: string): boolean {
  try {
    execFileSync('npx', ['--offline', ...nodeCommand(version), '--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A page that runs the program itself and in a worker, and posts what came out. */
const PAGE = `<!doctype html><script type="module">
  import { fingerprints } from '/program.web.mjs';
  const worker = new Worker('/worker.web.mjs', { type: 'module' });
  const inWorker = new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => resolve(message);
  });
  const inPage = await fingerprints().catch((error) => error.stack);
  await fetch('/outcome', { method: 'POST', body: JSON.stringify({ inPage, inWorker: await inWorker }) });
</script>`;

/** Where a page finds the names that Node looks up: a worker has no import map. */
const inPages = (text: string): string =>
  text
    .replaceAll(`'kantorovich'`, `'/node_modules/kantorovich/dist/entries/web.js'`)
    .replaceAll(`'kantorovich/adapters'`, `'/node_modules/kantorovich/dist/entries/adapters.js'`);

describe('one seed in the baseline build gives the same losses and weights, bit for bit,', () => {
  let project = '';
  let installed = '';
  let server: ProjectServer | null = null;
  const inProject = (name: string, text: string) => writeFile(join(project, name), text);

  beforeAll(async () => {
    project = await realpath(await mkdtemp(join(tmpdir(), 'kantorovich-')));
    installed = await installPackage(project);
    const program = fileURLToPath(new URL('program.mjs', import.meta.url));
    await copyFile(program, join(project, 'program.mjs'));
    const call = `import { fingerprints } from './program.mjs';\n`;
    await inProject('main.mjs', `${call}console.log(JSON.stringify(await fingerprints()));`);
    await inProject('worker.mjs', `${call}export default { fetch: async () => Response.json(await fingerprints()) };`);
    await inProject('program.web.mjs', inPages(await readFile(program, 'utf8')));
    await inProject('worker.web.mjs', `${call.replace('.mjs', '.web.mjs')}postMessage(await fingerprints());`);
    server = await serveProject(project, { '/': PAGE });
  });
  afterAll(async () => {
    await server?.stop();
    await rm(project, { recursive: true, force: true });
  });

  /** What the program prints. */
  async function printed(command: string, ...args: readonly string[]): Promise<unknown> {
    const env = { ...process.env, DENO_DIR: join(project, 'deno'), DENO_NO_UPDATE_CHECK: '1' };
    const { stdout } = await run(command, [...args, 'main.mjs'], { cwd: project, env });
    return JSON.parse(stdout);
  }

  /** What the page posts once `open` has opened it. */
  async function posted(open: (address: string) => Promise<{ close(): Promise<void> }>): Promise<unknown> {
    if (server === null) throw new Error('no server');
    const outcome = server.posted();
    const page = await open(server.address);
    try {
      return await outcome;
    } finally {
      await page.close();
    }
  }

  it(`in Node ${HERE}`, async () => {
    expect(await printed(process.execPath)).toEqual(expected);
  });

  for (const version of OTHERS) {
    it.skipIf(!isCi && !isCached(version))(`in Node ${version}`, async () => {
      expect(await printed('npx', ...nodeCommand(version))).toEqual(expected);
    });
  }

  it('in Deno', async () => {
    expect(await printed(binaries.deno, 'run', '--no-prompt', '--no-remote', `--allow-read=${installed}`)).toEqual(
      expected,
    );
  });

  it('in Bun', async () => {
    expect(await printed(binaries.bun)).toEqual(expected);
  });

  it('in workerd', async () => {
    await bundleWorker(join(project, 'worker.mjs'), join(project, 'out'));
    const { address, stop } = await serveWorkerd(join(project, 'out'), '2026-11-01');
    try {
      expect(await (await fetch(address)).json()).toEqual(expected);
    } finally {
      await stop();
    }
  });

  it.skipIf(chromiumPath === undefined && !isCi)('in Chromium, in a page and in its worker', async () => {
    const outcome = await posted(async (address) => {
      const browser = await launchChromium();
      await (await browser.newPage()).goto(address);
      return browser;
    });
    expect(outcome).toEqual({ inPage: expected, inWorker: expected });
  });

  for (const { name, isInstalled, open } of plainBrowsers) {
    it.skipIf(!isInstalled)(`in ${name}, in a page and in its worker`, async () => {
      expect(await posted(open)).toEqual({ inPage: expected, inWorker: expected });
    });
  }
});
