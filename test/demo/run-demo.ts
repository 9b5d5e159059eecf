import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** How `npm run demo` ended, and what it said. */
export interface DemoEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A demo under way. */
export interface Demo {
  readonly child: ChildProcess;
  readonly end: Promise<DemoEnd>;
  /** Where it says that the page is; rejects if it ends before. */
  readonly address: Promise<string>;
}

/** Runs what `npm run demo` runs, without npm. */
export function runDemo(args: readonly string[], env: NodeJS.ProcessEnv = {}): Demo {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/demo/main.ts', ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  const address = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      const found = /the demo: (\S+)/.exec(stdout);
      if (found !== null) resolve(found[1]);
    });
    child.once('close', () => reject(new Error(`the demo ended before it served: ${stdout}${stderr}`)));
  });
  address.catch(() => {});
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const end = once(child, 'close').then(([code]): DemoEnd => ({ code, stdout, stderr }));
  return { child, end, address };
}

/** Stops it as Ctrl-C does. */
export function stopDemo({ child, end }: Demo): Promise<DemoEnd> {
  child.kill('SIGINT');
  return end;
}
