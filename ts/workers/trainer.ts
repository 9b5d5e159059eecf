import { type Remote, releaseProxy, transfer, wrap } from 'comlink';
import { checkFunction, checkObject, checkOptions } from '../wasm/check-options.js';
import { AbortError, OptionsError, WorkerError } from '../wasm/errors.js';
import { type Matrix, type MatrixLike, toMatrix } from '../wasm/matrix.js';
import type { Side } from '../wasm/trainer.js';
import { revived } from './error-classes.js';
import type { TrainerEnd, TrainerEvent, TrainerJob, TrainerResult, TrainerService } from './job.js';
import { type Lifetime, lifetime } from './lifetime.js';
import { spawn } from './spawn.js';

/** Who is told how a job goes; a callback that throws ends the run with what it threw. */
export interface TrainerCallbacks {
  onStep?(entry: Extract<TrainerEvent, { kind: 'step' }>['entry']): void;
  /** A checkpoint's bytes, for a file: every `checkpointEvery` steps, and where the run ends, however it does. */
  onCheckpoint?(bytes: Uint8Array): void;
  onProbe?(point: Extract<TrainerEvent, { kind: 'probe' }>['point']): void;
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

/**
 * Starts a worker with a trainer in it.
 *
 * @throws {WorkerError} where the worker's script does not load
 */
export async function createTrainer(): Promise<RemoteTrainer> {
  const worker = await spawn('trainer');
  const service = wrap<TrainerService>(worker.endpoint);
  const life = lifetime();
  worker.onDeath((why) => life.end(`the trainer's worker ended: ${why}`));
  const call = <T>(answer: () => Promise<T>): Promise<T> => life.within(revived(answer));
  let busy = false;
  const dispose = (): void => {
    if (life.over()) return;
    life.end('the trainer was disposed of');
    service[releaseProxy]();
    worker.terminate();
  };
  return {
    async train(job, callbacks = {}) {
      life.throwIfOver();
      if (busy) throw new WorkerError('this trainer is busy: one job at a time');
      checkJob(job, callbacks);
      throwIfAborted(callbacks.signal);
      busy = true;
      try {
        return await runRemotely(service, life, job, callbacks);
      } finally {
        busy = false;
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

async function runRemotely(
  service: Remote<TrainerService>,
  life: Lifetime,
  job: TrainerJob,
  callbacks: TrainerCallbacks,
): Promise<TrainerResult> {
  const { port1, port2 } = new MessageChannel();
  const { signal, onCheckpoint } = callbacks;
  const cancel = (): void => {
    // A worker that has ended has nothing to cancel, and its proxy refuses calls.
    if (!life.over()) void service.cancel();
  };
  const delivered = deliverAll(port1, callbacks, cancel);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const asked = onCheckpoint === undefined ? job : { checkpointEvery: Number.MAX_SAFE_INTEGER, ...job };
    const result = revived(() => service.train(asked, transfer(port2, [port2])));
    // The result may overtake events, which come through another port.
    const [outcome] = await life.within(Promise.all([result, delivered]));
    throwIfAborted(signal);
    return outcome;
  } finally {
    signal?.removeEventListener('abort', cancel);
    port1.close();
  }
}

/**
 * Resolves after the last event. What a callback throws ends the run: no other is called, and once the run has ended it
 * rejects with that.
 */
function deliverAll(port: MessagePort, callbacks: TrainerCallbacks, cancel: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let fault: { readonly error: unknown } | null = null;
    port.onmessage = ({ data }: MessageEvent<TrainerEvent | TrainerEnd>) => {
      if (data.kind === 'end') {
        if (fault === null) resolve();
        else reject(fault.error);
        return;
      }
      if (fault !== null) return;
      try {
        deliver(data, callbacks);
      } catch (error) {
        fault = { error };
        cancel();
      }
    };
  });
}

function deliver(event: TrainerEvent, { onStep, onCheckpoint, onProbe }: TrainerCallbacks): void {
  if (event.kind === 'step') onStep?.(event.entry);
  else if (event.kind === 'checkpoint') onCheckpoint?.(event.bytes);
  else onProbe?.(event.point);
}
