import { type Endpoint, expose } from 'comlink';
import type { TrainerEnd, TrainerService } from './job.js';
import { runJob } from './run-job.js';

/**
 * Offers a trainer to whoever is at the other end, from inside a worker; the worker's own scope unless told.
 * `enableTurbo` is what a job's `turbo` calls, where the platform has it.
 */
export function offerTrainer(endpoint?: Endpoint, enableTurbo?: () => void): void {
  if (endpoint === undefined) expose(trainerService(enableTurbo));
  else expose(trainerService(enableTurbo), endpoint);
}

/** One job at a time. */
function trainerService(enableTurbo: () => void = () => {}): TrainerService {
  let running = new AbortController();
  return {
    async train(job, events) {
      running = new AbortController();
      if (job.turbo) enableTurbo();
      try {
        return await runJob(job, (event) => events.postMessage(event), running.signal);
      } finally {
        events.postMessage({ kind: 'end' } satisfies TrainerEnd);
        events.close();
      }
    },
    cancel() {
      running.abort();
    },
  };
}
