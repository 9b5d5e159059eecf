// The first module of a worker that takes part in a run's steps: Node's threads and web workers alike.
import { offer } from '../workers/offer.js';
import { shardService } from '../workers/shard-service.js';
import { workerScope } from './worker-scope.js';

// Not awaited: in a bundle the core's entry may import this file, and would wait for it for ever.
void start();

async function start(): Promise<void> {
  const { endpoint, loadCore } = await workerScope();
  await offer(endpoint, async () => {
    await loadCore();
    return shardService();
  });
}
