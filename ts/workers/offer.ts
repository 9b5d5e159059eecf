import { type Endpoint, expose } from 'comlink';
import { greet } from './greeting.js';

/** Where a worker's messages come and go. */
export type WorkerEndpoint = Endpoint;

/** Offers what `make` gives to whoever is at the other end, from inside a worker, and says so, or why it cannot. */
export async function offer(endpoint: Endpoint, make: () => object | Promise<object>): Promise<void> {
  try {
    expose(await make(), endpoint);
    greet(endpoint, { greeting: 'ready' });
  } catch (error) {
    greet(endpoint, { greeting: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
}
