import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A browser that is opened on a page, without a driver: what the page finds out, it has to post. */
export interface PlainBrowser {
  readonly name: string;
  readonly isInstalled: boolean;
  open(address: string): Promise<{ close(): Promise<void> }>;
}

const firefox = [process.env.FIREFOX ?? '', '/usr/bin/firefox-esr', '/usr/bin/firefox'].find(existsSync);
/** WebKit's own test browser, which Debian's webkit2gtk-driver brings; it needs a display, so xvfb's. */
const miniBrowser = ['x86_64', 'aarch64']
  .map((cpu) => `/usr/lib/${cpu}-linux-gnu/webkit2gtk-4.1/MiniBrowser`)
  .find(existsSync);

export const plainBrowsers: readonly PlainBrowser[] = [
  {
    name: 'Firefox',
    isInstalled: firefox !== undefined,
    open: (address) =>
      inOwnFolder((folder) => [firefox ?? '', '--headless', '--no-remote', '--profile', folder, address]),
  },
  {
    name: 'WebKit',
    isInstalled: miniBrowser !== undefined && existsSync('/usr/bin/xvfb-run'),
    open: (address) => inOwnFolder(() => ['xvfb-run', '-a', miniBrowser ?? '', '--private', address]),
  },
];

/** Starts a command that keeps what it keeps in `folder`, with all that it starts in a group of processes. */
async function inOwnFolder(commandIn: (folder: string) => readonly string[]): Promise<{ close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'kantorovich-browser-'));
  const [command, ...args] = commandIn(folder);
  const env = { ...process.env, HOME: folder, TMPDIR: folder };
  const browser = spawn(command, args, { stdio: 'ignore', detached: true, env });
  return {
    async close() {
      await ended(browser);
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}

async function ended(browser: ChildProcess): Promise<void> {
  if (browser.pid === undefined || browser.exitCode !== null) return;
  const exit = once(browser, 'exit');
  process.kill(-browser.pid);
  await exit;
}
