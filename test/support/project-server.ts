import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** A server on loopback. */
export interface ProjectServer {
  readonly address: string;
  /** The JSON that a page posts next, to whatever path. */
  posted(): Promise<unknown>;
  stop(): Promise<void>;
}

/** Serves `pages`, by their paths, and the files of `folder`, with the content types of `types`, by path or ending, first. */
export async function serveProject(
  folder: string,
  pages: Readonly<Record<string, string>>,
  types: Readonly<Record<string, string>> = {},
): Promise<ProjectServer> {
  const waiting: ((outcome: unknown) => void)[] = [];
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (request.method === 'POST') {
      const text = (await request.setEncoding('utf8').toArray()).join('');
      waiting.shift()?.(JSON.parse(text));
      response.end();
      return;
    }
    const body = pages[path] ?? (await readFile(join(folder, normalize(path))).catch(() => null));
    const kind = path in pages ? '.html' : extname(path);
    const type = types[path] ?? types[kind] ?? TYPES[kind] ?? 'application/octet-stream';
    response.writeHead(body === null ? 404 : 200, { 'content-type': type });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posted: () => new Promise((resolve) => waiting.push(resolve)),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
