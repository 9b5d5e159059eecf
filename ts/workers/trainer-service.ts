import { transfer } from 'comlink';
import { loadModel, type Model } from '../training/model.js';
import { type Requests, runRequests } from '../training/requests.js';
import type { CoreOptions } from '../wasm/core.js';
import { StateError } from '../wasm/errors.js';
import type { Matrix } from '../wasm/matrix.js';
import type { Side } from '../wasm/trainer.js';
import type { TrainerEnd, TrainerService } from './job.js';
import { runJob } from './run-job.js';

/** What the platform of a worker has beside the core. */
export interface Platform {
  /** What a job's `turbo` calls. */
  readonly enableTurbo?: () => void;
}

/** A trainer, as a worker offers it: one job at a time. */
export function trainerService({ enableTurbo }: Platform = {}): TrainerService {
  let running: { readonly abort: AbortController; readonly requests: Requests } | null = null;
  let last: LastModel | null = null;
  return {
    async train(job, events) {
      const { abort, requests } = { abort: new AbortController(), requests: runRequests() };
      running = { abort, requests };
      try {
        if (job.turbo) enableTurbo?.();
        const result = await runJob(job, (event) => events.postMessage(event), abort.signal, requests);
        last?.dispose();
        last = lastModel(result.model, job.options);
        return result;
      } finally {
        running = null;
        requests.close();
        events.postMessage({ kind: 'end' } satisfies TrainerEnd);
        events.close();
      }
    },
    cancel() {
      running?.abort.abort();
    },
    async embed(side, rows) {
      if (running !== null) return moved(await running.requests.ask((run) => run.embed(side, rows)));
      if (last !== null) return moved(last.embed(side, rows));
      throw new StateError('there is no model yet: train one first');
    },
    async checkpoint() {
      if (running === null) throw new StateError('a checkpoint is of a job under way, and none is');
      const bytes = await running.requests.ask((run) => run.checkpoint());
      return transfer(bytes, [bytes.buffer]);
    },
  };
}

function moved(rows: Matrix): Matrix {
  return transfer(rows, [rows.data.buffer]);
}

/** The model of the last result, made when it is first asked. */
interface LastModel {
  embed(side: Side, rows: Matrix): Matrix;
  dispose(): void;
}

function lastModel(bytes: Uint8Array, options: CoreOptions): LastModel {
  let model: Model | null = null;
  return {
    embed(side, rows) {
      model ??= loadModel(bytes, { deterministic: options.deterministic ?? false });
      return side === 'x' ? model.embedX(rows) : model.embedY(rows);
    },
    dispose: () => model?.dispose(),
  };
}
