import { type Remote, releaseProxy, transfer, wrap } from 'comlink';
import { checkFunction, checkObject, checkOptions } from '../wasm/check-options.js';
import { AbortError, OptionsError, WorkerError } from '../wasm/errors.js';
import { type Matrix, type MatrixLike, toMatrix } from '../wasm/matrix.js';
import type { Side } from '../wasm/trainer.js';
import { revived } from './error-classes.js';
import { deliverEvents, type EventCallbacks, type EventDelivery } from './event-delivery.js';
import type { TrainerEnd, TrainerJob, TrainerResult, TrainerService } from './job.js';
import { type Lifetime, lifetime } from './lifetime.js';
import { spawn } from './spawn.js';

/** Who is told how a job goes, and who may end it; a callback that throws ends the run with what it threw. */
export interface TrainerCallbacks extends EventCallbacks {
  /** Ends the run after the step under way; `train` then rejects with an AbortError, after the last `onCheckpoint`. */
  readonly signal?: AbortSignal;
}

/** A trainer in a worker: the caller's thread stays free. */
export interface RemoteTrainer {
  /**
   * Trains as the job says. Arrays of the job are copied; the caller's stay as they are.
   *
   * @throws {AbortError} once the signal aborts, with its reason; at once where it had aborted before
   * @throws {WorkerError} where the worker dies, was disposed of, or is busy
   * @throws whatever a callback throws, and whatever `fit` throws, in its own class
   */
  train(job: TrainerJob, callbacks?: TrainerCallbacks): Promise<TrainerResult>;
  /**
   * Embeddings, rows x d, by the model as it stands after the step under way; between jobs by that of the last result.
   *
   * @throws {ShapeError} on another width
   * @throws {DataError} on NaN or infinity
   * @throws {StateError} before the first job, or where the one under way ends first
   * @throws {WorkerError} where the worker dies or was disposed of
   */
  embed(side: Side, rows: MatrixLike): Promise<Matrix>;
  /**
   * A checkpoint of the job under way, after the step under way, for `resume`.
   *
   * @throws {StateError} where no job is under way, or it ends first
   * @throws {WorkerError} where the worker dies or was disposed of
   */
  checkpoint(): Promise<Uint8Array>;
  /** Ends the worker; whatever is under way rejects. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** A worker's service, and how long it lives. */
interface Link {
  readonly service: Remote<TrainerService>;
  readonly life: Lifetime;
}

/**
 * Starts a worker with a trainer in it.
 *
 * @throws {WorkerError} where the worker's script does not load
 */
export async function createTrainer(): Promise<RemoteTrainer> {
  const worker = await spawn('trainer');
  const service = wrap<TrainerService>(worker.endpoint);
  const life = lifetime();
  const call = <T>(answer: () => Promise<T>): Promise<T> => life.within(revived(answer));
  /** Of the job under way. */
  let delivery: EventDelivery | null = null;
  const cancel = (): void => {
    // A worker that has ended has nothing to cancel, and its proxy refuses calls.
    if (!life.over()) void service.cancel();
  };
  const end = (reason: string): void => {
    if (life.over()) return;
    life.end(reason);
    service[releaseProxy]();
    worker.terminate();
  };
  // In browsers an error that nobody caught leaves the worker running.
  worker.onDeath((why) => end(`the trainer's worker ended: ${why}`));
  const dispose = (): void => {
    delivery?.close();
    end('the trainer was disposed of');
  };
  return {
    async train(job, callbacks = {}) {
      life.throwIfOver();
      if (delivery !== null) throw new WorkerError('this trainer is busy: one job at a time');
      checkJob(job, callbacks);
      throwIfAborted(callbacks.signal);
      const { signal, onCheckpoint } = callbacks;
      const { port1, port2 } = new MessageChannel();
      delivery = deliverEvents(port1, callbacks, cancel);
      signal?.addEventListener('abort', cancel, { once: true });
      try {
        const { checkpointEvery = Number.MAX_SAFE_INTEGER } = job;
        const asked = onCheckpoint === undefined ? job : { ...job, checkpointEvery };
        const outcome = await runRemotely({ service, life }, asked, port2, delivery);
        throwIfAborted(signal);
        return outcome;
      } finally {
        signal?.removeEventListener('abort', cancel);
        delivery.close();
        delivery = null;
      }
    },
    async embed(side, rows) {
      life.throwIfOver();
      if (side !== 'x' && side !== 'y') throw new OptionsError(`side must be x or y, got ${side}`);
      const matrix = toMatrix(rows, side);
      return call(() => service.embed(side, matrix));
    },
    async checkpoint() {
      life.throwIfOver();
      return call(() => service.checkpoint());
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}

function checkJob(job: TrainerJob, callbacks: TrainerCallbacks): void {
  const known = { data: true, options: true, turbo: true, checkpointEvery: true, probe: true } as const;
  checkOptions<TrainerJob>(job, known, 'a job');
  checkObject(job.options, "a job's options");
  const { onStep, onCheckpoint, onProbe } = callbacks;
  checkOptions<TrainerCallbacks>(callbacks, { onStep: true, onCheckpoint: true, onProbe: true, signal: true }, 'train');
  for (const [name, value] of Object.entries({ onStep, onCheckpoint, onProbe })) checkFunction(value, name);
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortError(signal.reason);
}

/** Runs a job whose events `delivery` hands on, as they come through the other side of `port`. */
async function runRemotely(
  { service, life }: Link,
  job: TrainerJob,
  port: MessagePort,
  delivery: EventDelivery,
): Promise<TrainerResult> {
  const result = revived(() => service.train(job, transfer(port, [port])));
  // A job that cannot be sent has no other end; of one that was sent the port is the worker's, and this does nothing.
  result.catch(() => port.postMessage({ kind: 'end' } satisfies TrainerEnd));
  try {
    return await life.within(afterEvents(result, delivery.done));
  } catch (error) {
    if (life.over()) await delivery.rest();
    throw error;
  }
}

/** A job's result, or how it failed; either may overtake events, which come through another port. */
async function afterEvents<T>(result: Promise<T>, delivered: Promise<void>): Promise<T> {
  await Promise.allSettled([result, delivered]);
  await delivered;
  return result;
}
