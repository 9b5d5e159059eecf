import { nodeThreads } from '../workers/node-modules.js';
import type { WorkerEndpoint } from '../workers/offer.js';

/** A worker's own side. */
export interface WorkerScope {
  readonly endpoint: WorkerEndpoint;
  /** Provides the core as the platform does; gives `enableTurbo` where there is one. */
  loadCore(): Promise<{ readonly enableTurbo?: () => void }>;
}

/** Not words that bundlers follow: a bundle for pages that held Node's entry would run it, and fail. */
const NODE_ENTRY: string = './node.js';

const webEndpoint: WorkerEndpoint = {
  postMessage: (message, transfer = []) => self.postMessage(message, { transfer }),
  addEventListener: (type, listener) => self.addEventListener(type, listener),
  removeEventListener: (type, listener) => self.removeEventListener(type, listener),
};

/** The worker that this runs in: one of Node's threads, or a web worker. */
export async function workerScope(): Promise<WorkerScope> {
  if (typeof process !== 'object' || process.versions?.node === undefined) {
    return { endpoint: webEndpoint, loadCore: loadWebCore };
  }
  const [{ parentPort }, { nodeEndpoint }] = await Promise.all([nodeThreads(), import('../workers/node-endpoint.js')]);
  if (parentPort === null) throw new Error('this module is the first of a worker');
  return { endpoint: nodeEndpoint(parentPort), loadCore: loadNodeCore };
}

async function loadWebCore(): Promise<object> {
  const { load } = await import('./web.js');
  await load({ evaluation: true });
  return {};
}

function loadNodeCore(): Promise<typeof import('./node.js')> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ NODE_ENTRY);
}
