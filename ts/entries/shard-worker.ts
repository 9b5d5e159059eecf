// The first module of a worker that takes part in a run's steps: Node's threads and web workers alike.
import { offer } from '../workers/offer.js';
import { shardService } from '../workers/shard-service.js';
import { workerScope } from './worker-scope.js';

const { endpoint, loadCore } = await workerScope();
await offer(endpoint, async () => {
  await loadCore();
  return shardService();
});
