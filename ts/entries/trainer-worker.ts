// The first module of a trainer's worker: Node's threads and web workers alike.
import { offer } from '../workers/offer.js';
import { trainerService } from '../workers/trainer-service.js';
import { workerScope } from './worker-scope.js';

// Not awaited: in a bundle the core's entry may import this file, and would wait for it for ever.
void start();

async function start(): Promise<void> {
  const { endpoint, loadCore } = await workerScope();
  await offer(endpoint, async () => trainerService(await loadCore()));
}
