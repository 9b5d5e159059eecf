import type { Endpoint } from 'comlink';

/** A worker under way. */
export interface Spawned {
  readonly endpoint: Endpoint;
  /** Calls back once, when the worker has died by itself, with the reason in words. */
  onDeath(callback: (reason: string) => void): void;
  terminate(): void;
}

/** Starts a trainer's worker: a thread in Node, a module worker elsewhere. */
export async function spawn(): Promise<Spawned> {
  const module = new URL('../entries/trainer-worker.js', import.meta.url);
  return typeof process === 'object' && process.versions?.node !== undefined ? spawnThread(module) : spawnWeb(module);
}

async function spawnThread(module: URL): Promise<Spawned> {
  const [{ Worker }, { nodeEndpoint }] = await Promise.all([
    import('node:worker_threads'),
    import('./node-endpoint.js'),
  ]);
  // Flags of the main program, such as --input-type beside --eval, may not suit a file.
  const worker = new Worker(module, { execArgv: [] });
  return {
    endpoint: nodeEndpoint(worker),
    onDeath(callback) {
      worker.once('error', (error) => callback(error instanceof Error ? error.message : String(error)));
      worker.once('exit', (code) => callback(`it exited with code ${code}`));
    },
    terminate: () => void worker.terminate(),
  };
}

function spawnWeb(module: URL): Spawned {
  const worker = new Worker(module, { type: 'module' });
  return {
    endpoint: worker,
    onDeath(callback) {
      worker.addEventListener('error', ({ message }) => callback(message || `${module} did not load`), { once: true });
    },
    terminate: () => worker.terminate(),
  };
}
