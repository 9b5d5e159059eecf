// The first module of a worker: Node's threads and web workers alike.
import { expose } from 'comlink';
import { trainerService } from './trainer-service.js';

if (typeof process === 'object' && process.versions?.node !== undefined) {
  await import('../entries/node.js');
  const [{ parentPort }, { nodeEndpoint }] = await Promise.all([
    import('node:worker_threads'),
    import('./node-endpoint.js'),
  ]);
  if (parentPort !== null) expose(trainerService(), nodeEndpoint(parentPort));
} else {
  const { load } = await import('../entries/web.js');
  await load();
  expose(trainerService());
}
