import type { TrainerService } from './job.js';
import { runJob } from './run-job.js';

/** The service that a worker offers: one job at a time. */
export function trainerService(): TrainerService {
  let running = new AbortController();
  return {
    async train(job, events) {
      running = new AbortController();
      try {
        return await runJob(job, (event) => events.postMessage(event), running.signal);
      } finally {
        events.close();
      }
    },
    cancel() {
      running.abort();
    },
  };
}
