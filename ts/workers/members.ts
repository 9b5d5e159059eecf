import { type Remote, releaseProxy, wrap } from 'comlink';
import { WorkerError } from '../wasm/errors.js';
import { revived } from './error-classes.js';
import { lifetime } from './lifetime.js';
import type { ShardService } from './shard-setup.js';
import { type Spawned, spawn } from './spawn.js';

/** Workers with a shard each. */
export interface Members {
  /**
   * What each of them answers, in order.
   *
   * @throws {WorkerError} naming the one that died; the others have then ended
   * @throws whatever the first to fail threw, in its own class
   */
  ask<T>(question: (service: Remote<ShardService>, index: number) => Promise<T>): Promise<readonly T[]>;
  /** Ends them all; what is under way rejects. */
  end(): void;
}

/**
 * Starts `count` workers.
 *
 * @throws {WorkerError} naming one that did not start; the others have then ended
 */
export async function startMembers(count: number): Promise<Members> {
  const workers = await spawnAll(count);
  const services = workers.map(({ endpoint }) => wrap<ShardService>(endpoint));
  const life = lifetime();
  const end = (reason: string): void => {
    if (life.over()) return;
    life.end(reason);
    for (const service of services) service[releaseProxy]();
    for (const worker of workers) worker.terminate();
  };
  workers.forEach(({ onDeath }, index) => {
    onDeath((reason) => end(`worker ${index + 1} of ${count} ended: ${reason}`));
  });
  return {
    async ask(question) {
      life.throwIfOver();
      const answers = services.map((service, index) => revived(() => question(service, index)));
      try {
        return await life.within(Promise.all(answers));
      } catch (error) {
        if (!(await settleSoon(answers))) end('a worker failed alone');
        throw error;
      }
    },
    end: () => end('the run has ended'),
  };
}

async function spawnAll(count: number): Promise<readonly Spawned[]> {
  const started = await Promise.allSettled(Array.from({ length: count }, () => spawn('shard')));
  const workers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = started.findIndex(({ status }) => status === 'rejected');
  const failure = started[failed];
  if (failure?.status !== 'rejected') return workers;
  for (const worker of workers) worker.terminate();
  const { reason } = failure;
  throw new WorkerError(`worker ${failed + 1} of ${count}: ${reason instanceof Error ? reason.message : reason}`, {
    cause: reason,
  });
}

/** What makes one worker fail makes all fail, in their time; one that failed alone leaves the others waiting for it. */
const PATIENCE_MS = 1000;

/** Whether all answers come, or fail, before patience ends. */
async function settleSoon(answers: readonly Promise<unknown>[]): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE_MS);
  });
  const settled = Promise.allSettled(answers).then(() => true);
  const inTime = await Promise.race([settled, patience]);
  clearTimeout(timer);
  return inTime;
}
