import { type Remote, releaseProxy, wrap } from 'comlink';
import { InternalError, KantorovichError, WorkerError } from '../wasm/errors.js';
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
   * @throws {WorkerError} naming one that failed where the others did not; all have then ended
   * @throws what all of them refused, in its own class
   */
  ask<T>(question: (service: Remote<ShardService>, index: number) => Promise<T>): Promise<readonly T[]>;
  /**
   * What `work` gives.
   *
   * @throws {WorkerError} naming a worker that dies before; the others have then ended
   */
  within<T>(work: Promise<T>): Promise<T>;
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
        return await life.within(settled(answers));
      } catch (error) {
        if (!isRefusal(error)) end('its workers were ended after a fault');
        throw error;
      }
    },
    within: life.within,
    end: () => end('its workers were ended'),
  };
}

/**
 * All answers. A refusal is everybody's, and thrown once all are done with what was asked; a fault is one worker's alone,
 * for which the others would wait.
 */
function settled<T>(answers: readonly Promise<T>[]): Promise<readonly T[]> {
  const named = answers.map(async (answer, index) => {
    try {
      return await answer;
    } catch (error) {
      if (isRefusal(error) || error instanceof InternalError) throw error;
      const words = error instanceof Error ? error.message : String(error);
      throw new WorkerError(`worker ${index + 1} of ${answers.length} failed: ${words}`, { cause: error });
    }
  });
  return new Promise((resolve, reject) => {
    for (const answer of named) {
      answer.catch((error) => {
        if (!isRefusal(error)) reject(error);
      });
    }
    Promise.allSettled(named).then((all) => {
      const refusals = all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      if (refusals.length > 0) reject(mostTelling(refusals));
      else resolve(all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
    });
  });
}

/** The refusal with most words: whoever found what is wrong says where, the others that somebody did. */
function mostTelling(refusals: readonly Error[]): Error | undefined {
  return [...refusals].sort((a, b) => b.message.length - a.message.length)[0];
}

function isRefusal(error: unknown): boolean {
  return error instanceof KantorovichError && !(error instanceof InternalError || error instanceof WorkerError);
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
