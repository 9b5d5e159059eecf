import { preview } from 'vite';
import { DataError } from '../../ts/wasm/errors.js';
import { HEADERS } from './headers.js';

/** A server under way. */
export interface PageServer {
  readonly address: string;
  close(): Promise<void>;
}

/** What is served, and where. */
export interface ServeOptions {
  readonly folder: string;
  readonly host: string;
  readonly port: number;
}

/**
 * Serves a folder, at the next free port where `port` is taken.
 *
 * @throws {DataError} where nothing can be listened at
 */
export async function servePage({ folder, host, port }: ServeOptions): Promise<PageServer> {
  try {
    const server = await preview({
      configFile: false,
      root: folder,
      logLevel: 'silent',
      build: { outDir: folder },
      preview: { host, port, headers: HEADERS },
    });
    const [address] = [...(server.resolvedUrls?.local ?? []), ...(server.resolvedUrls?.network ?? [])];
    return { address, close: () => server.close() };
  } catch (error) {
    throw new DataError(`cannot listen at ${host}:${port}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
