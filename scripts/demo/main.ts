// What `npm run demo` runs.
import '../../ts/entries/node.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, type ExitCode } from '../../ts/cli/exit-codes.js';
import { failureOf } from '../../ts/cli/failure.js';
import { interruptible } from '../../ts/cli/signals.js';
import { endOnClosedPipe } from '../../ts/cli/terminal.js';
import { buildPage } from './build-page.js';
import { type DemoOptions, parseOptions } from './options.js';
import { servePage } from './serve-page.js';

endOnClosedPipe();
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<ExitCode> {
  try {
    const options = parseOptions(args);
    return options.build === undefined ? await serve(options) : await build(options.build);
  } catch (error) {
    const { line, exitCode } = failureOf(error);
    if (line !== null) process.stderr.write(`npm run demo: ${line}\n`);
    return exitCode;
  }
}

async function build(folder: string): Promise<ExitCode> {
  await buildPage(folder);
  process.stdout.write(
    `the page: ${join(folder, 'index.html')}; serve the folder, a browser opens no modules from files\n`,
  );
  return EXIT.ok;
}

async function serve({ host, port }: DemoOptions): Promise<ExitCode> {
  const folder = await mkdtemp(join(tmpdir(), 'kantorovich-demo-'));
  const { signal, exitCode } = interruptible(() => {});
  try {
    await buildPage(folder);
    const server = await servePage({ folder, host, port });
    process.stdout.write(`the demo: ${server.address} (Ctrl-C stops it)\n`);
    await aborted(signal);
    await server.close();
    return exitCode() ?? EXIT.ok;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
