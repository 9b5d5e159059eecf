import { type Endpoint, expose } from 'comlink';
import type { TrainerEnd, TrainerService } from './job.js';
import { runJob } from './run-job.js';

/** Offers a trainer to whoever is at the other end, from inside a worker; the worker's own scope unless told. */
export function offerTrainer(endpoint?: Endpoint): void {
  if (endpoint === undefined) expose(trainerService());
  else expose(trainerService(), endpoint);
}

/** One job at a time. */
function trainerService(): TrainerService {
  let running = new AbortController();
  return {
    async train(job, events) {
      running = new AbortController();
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
