import type { Endpoint } from 'comlink';
import { WorkerError } from '../wasm/errors.js';
import { isGreeting } from './greeting.js';
import { nodeThreads } from './node-modules.js';

/** A worker that listens. */
export interface Spawned {
  readonly endpoint: Endpoint;
  /** Calls back, once, if the worker dies by itself, with the reason in words; at once where it has. */
  onDeath(callback: (reason: string) => void): void;
  terminate(): void;
}

/** What a worker does. */
export type Role = 'trainer' | 'shard';

/**
 * Starts a worker, a thread in Node and a module worker elsewhere, and waits until it listens: what is sent to one that
 * does not yet listen is lost in browsers.
 *
 * @throws {WorkerError} where its script does not load
 */
export async function spawn(role: Role): Promise<Spawned> {
  const isNode = typeof process === 'object' && process.versions?.node !== undefined;
  const worker = isNode ? await startThread(role) : startWeb(role);
  try {
    await listening(worker, role);
    return worker;
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

function listening({ endpoint, onDeath }: Spawned, role: Role): Promise<void> {
  return new Promise((resolve, reject) => {
    const hear = (event: Event): void => {
      const data: unknown = 'data' in event ? event.data : undefined;
      if (!isGreeting(data)) return;
      endpoint.removeEventListener('message', hear);
      if (data.greeting === 'ready') resolve();
      else reject(notStarted(role, data.reason));
    };
    endpoint.addEventListener('message', hear);
    onDeath((reason) => reject(notStarted(role, reason)));
  });
}

function notStarted(role: Role, reason: string): WorkerError {
  return new WorkerError(`the ${role}'s worker did not start: ${reason}`);
}

async function startThread(role: Role): Promise<Spawned> {
  const [{ Worker }, { nodeEndpoint }] = await Promise.all([nodeThreads(), import('./node-endpoint.js')]);
  // Flags of the main program, such as --input-type beside --eval, may not suit a file.
  const module = {
    trainer: new URL('../entries/trainer-worker.js', import.meta.url),
    shard: new URL('../entries/shard-worker.js', import.meta.url),
  }[role];
  const worker = new Worker(module, { execArgv: [] });
  const death = deathNotice();
  worker.once('error', (error) => death.tell(error instanceof Error ? error.message : String(error)));
  worker.once('exit', (code) => death.tell(`it exited with code ${code}`));
  return { endpoint: nodeEndpoint(worker), onDeath: death.onDeath, terminate: () => void worker.terminate() };
}

function startWeb(role: Role): Spawned {
  // Bundlers know a worker by these very words.
  const worker =
    role === 'trainer'
      ? new Worker(new URL('../entries/trainer-worker.js', import.meta.url), { type: 'module' })
      : new Worker(new URL('../entries/shard-worker.js', import.meta.url), { type: 'module' });
  const death = deathNotice();
  worker.addEventListener('error', (event) => {
    // Told here, it is not also an error of the page, or of the worker, that started this one.
    event.preventDefault();
    death.tell(event.message || 'its script did not load');
  });
  worker.addEventListener('messageerror', () => death.tell('it sent what cannot be read'));
  return { endpoint: worker, onDeath: death.onDeath, terminate: () => worker.terminate() };
}

/** Tells of a death, whether before or after somebody asks. */
function deathNotice(): { tell(reason: string): void; readonly onDeath: Spawned['onDeath'] } {
  let known: string | null = null;
  const callbacks: ((reason: string) => void)[] = [];
  return {
    tell(reason) {
      if (known !== null) return;
      known = reason;
      for (const callback of callbacks) callback(reason);
    },
    onDeath(callback) {
      if (known === null) callbacks.push(callback);
      else callback(known);
    },
  };
}
