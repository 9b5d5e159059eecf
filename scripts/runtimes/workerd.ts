import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { build } from 'esbuild';
import { binaries } from './binaries.js';

/** A worker that answers on loopback. */
export interface Served {
  readonly address: string;
  readonly pid: number;
  /** Resolves once the process is gone. */
  stop(): Promise<void>;
}

/** The recipe of docs/runtimes.md: the worker's code in `folder`/worker.js, and the .wasm and safetensors files that it imports beside it. */
export async function bundleWorker(source: string, folder: string): Promise<void> {
  await build({
    entryPoints: { worker: source },
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    loader: { '.wasm': 'copy', '.safetensors': 'copy' },
    logLevel: 'error',
  });
}

/**
 * Serves the bundle in `folder` with workerd, on a free port of loopback.
 *
 * @throws {Error} with what workerd says, where it does not start
 */
export async function serveWorkerd(folder: string, compatibilityDate: string): Promise<Served> {
  const config = join(folder, 'config.capnp');
  await writeFile(config, configuration(await readdir(folder), compatibilityDate));
  const server = spawn(binaries.workerd, ['serve', config, '--control-fd=3'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let said = '';
  server.stderr?.on('data', (text) => {
    said += text;
  });
  const ended = once(server, 'exit');
  const port = await Promise.race([listeningPort(server.stdio[3] as Readable), ended.then(() => null)]);
  if (port === null) throw new Error(`workerd did not start: ${said}`);
  return {
    address: `http://127.0.0.1:${port}`,
    pid: server.pid ?? 0,
    async stop() {
      server.kill();
      await ended;
    },
  };
}

/** How workerd takes files, by their endings. */
const MODULE_KINDS: ReadonlyMap<string, string> = new Map([
  ['.js', 'esModule'],
  ['.wasm', 'wasm'],
  ['.safetensors', 'data'],
]);

/** A Cap'n Proto text; worker.js comes first, being the one that answers. */
function configuration(files: readonly string[], compatibilityDate: string): string {
  const modules = [...files]
    .sort((a, b) => Number(b === 'worker.js') - Number(a === 'worker.js'))
    .flatMap((name) => {
      const kind = MODULE_KINDS.get(extname(name));
      return kind === undefined ? [] : [`(name = "${name}", ${kind} = embed "${name}")`];
    });
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [${modules.join(', ')}],
  compatibilityDate = "${compatibilityDate}",
);
`;
}

/** The port that workerd chose, from the line of JSON that it writes once it listens. */
async function listeningPort(control: Readable): Promise<number | null> {
  let text = '';
  for await (const chunk of control) {
    text += chunk;
    if (!text.includes('\n')) continue;
    const { port }: { port: number } = JSON.parse(text.slice(0, text.indexOf('\n')));
    return port;
  }
  return null;
}
