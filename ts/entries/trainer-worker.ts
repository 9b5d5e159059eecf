// The first module of a trainer's worker: Node's threads and web workers alike.
import { offerTrainer } from '../workers/trainer-service.js';

if (typeof process === 'object' && process.versions?.node !== undefined) {
  const [{ enableTurbo }, { parentPort }, { nodeEndpoint }] = await Promise.all([
    import('./node.js'),
    import('node:worker_threads'),
    import('../workers/node-endpoint.js'),
  ]);
  if (parentPort !== null) offerTrainer(nodeEndpoint(parentPort), enableTurbo);
} else {
  const { load } = await import('./web.js');
  await load({ evaluation: true });
  offerTrainer();
}
