import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.html': 'text/html',
};

/** What a server of pages is told. */
export interface PackageServerOptions {
  /** Pages by path: `/` and so on. */
  readonly pages: Readonly<Record<string, string>>;
  /** Whether pages are cross-origin isolated, and so may share memory with workers. Default false. */
  readonly isolated?: boolean;
  /** Called before a file of the package is sent; what it returns false for is not found. */
  readonly before?: (path: string) => boolean | Promise<boolean>;
  /** JavaScript that is sent after a file's own. */
  readonly after?: (path: string) => string;
}

/** A server on loopback. */
export interface PackageServer {
  /** Without the slash at the end. */
  readonly origin: string;
  close(): void;
}

/** Serves pages, and beside them the compiled package as `/entries/web.js` and so on. */
export async function servePackage(options: PackageServerOptions): Promise<PackageServer> {
  const isolation = {
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  };
  const server = createServer(async ({ url = '/' }, response) => {
    const page = options.pages[url];
    const body = page ?? (await bodyOf(url, options));
    const type = TYPES[page === undefined ? extname(url) : '.html'] ?? 'application/octet-stream';
    response.writeHead(body === null ? 404 : 200, { 'content-type': type, ...(options.isolated && isolation) });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => void server.close(),
  };
}

async function bodyOf(url: string, { before, after }: PackageServerOptions): Promise<Buffer | null> {
  if (before !== undefined && !(await before(url))) return null;
  const body = await readFile(new URL(`../../dist${url}`, import.meta.url)).catch(() => null);
  return body && Buffer.concat([body, Buffer.from(after?.(url) ?? '')]);
}
