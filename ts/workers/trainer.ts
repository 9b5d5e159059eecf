import { type Remote, releaseProxy, transfer, wrap } from 'comlink';
import { WorkerError } from '../wasm/errors.js';
import { revive } from './error-classes.js';
import type { TrainerEnd, TrainerEvent, TrainerJob, TrainerResult, TrainerService } from './job.js';
import { type Spawned, spawn } from './spawn.js';

/** Who is told how a job goes; a callback that throws ends the run with what it threw. */
export interface TrainerCallbacks {
  onStep?(entry: Extract<TrainerEvent, { kind: 'step' }>['entry']): void;
  /** A checkpoint's bytes, for a file. */
  onCheckpoint?(bytes: Uint8Array): void;
  onProbe?(point: Extract<TrainerEvent, { kind: 'probe' }>['point']): void;
  /** Ends the run after the step under way: the result says `aborted`. An aborted signal rejects at once. */
  readonly signal?: AbortSignal;
}

/** A trainer in a worker: the caller's thread stays free. */
export interface RemoteTrainer {
  /**
   * Trains as the job says.
   *
   * @throws {WorkerError} where the worker dies, was disposed of, or is busy
   * @throws whatever `fit` throws, in its own class
   */
  train(job: TrainerJob, callbacks?: TrainerCallbacks): Promise<TrainerResult>;
  /** Ends the worker; a run under way rejects. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** Starts a worker with a trainer in it. */
export async function createTrainer(): Promise<RemoteTrainer> {
  const worker = await spawn();
  const service = wrap<TrainerService>(worker.endpoint);
  const end = endingOf(worker);
  let busy = false;
  const dispose = (): void => {
    if (end.over()) return;
    end.finish('the trainer was disposed of');
    service[releaseProxy]();
    worker.terminate();
  };
  return {
    async train(job, callbacks = {}) {
      end.throwIfOver();
      if (busy) throw new WorkerError('this trainer is busy: one job at a time');
      callbacks.signal?.throwIfAborted();
      busy = true;
      try {
        return await runRemotely(service, end, job, callbacks);
      } finally {
        busy = false;
      }
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}

interface Ending {
  over(): boolean;
  throwIfOver(): void;
  finish(reason: string): void;
  /** Rejects when the worker ends. */
  readonly failure: Promise<never>;
}

function endingOf(worker: Spawned): Ending {
  let reason: string | null = null;
  let fail: (error: WorkerError) => void;
  const failure = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // A worker may end while no job waits for it.
  failure.catch(() => {});
  const finish = (why: string): void => {
    if (reason !== null) return;
    reason = why;
    fail(new WorkerError(why));
  };
  worker.onDeath((why) => finish(`the trainer's worker ended: ${why}`));
  return {
    over: () => reason !== null,
    throwIfOver() {
      if (reason !== null) throw new WorkerError(reason);
    },
    finish,
    failure,
  };
}

async function runRemotely(
  service: Remote<TrainerService>,
  ending: Ending,
  job: TrainerJob,
  callbacks: TrainerCallbacks,
): Promise<TrainerResult> {
  const { port1, port2 } = new MessageChannel();
  const { signal } = callbacks;
  const cancel = (): void => {
    // A worker that has ended has nothing to cancel, and its proxy refuses calls.
    if (!ending.over()) void service.cancel();
  };
  const delivered = deliverAll(port1, callbacks, cancel);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const result = service.train(job, transfer(port2, [port2])).catch((error: unknown) => {
      throw revive(error);
    });
    // The result may overtake events, which come through another port.
    const [outcome] = await Promise.race([Promise.all([result, delivered]), ending.failure]);
    return outcome;
  } finally {
    signal?.removeEventListener('abort', cancel);
    port1.close();
  }
}

/** Resolves after the last event; rejects with what a callback throws, and then calls no other. */
function deliverAll(port: MessagePort, callbacks: TrainerCallbacks, cancel: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    port.onmessage = ({ data }: MessageEvent<TrainerEvent | TrainerEnd>) => {
      try {
        if (data.kind === 'end') resolve();
        else deliver(data, callbacks);
      } catch (error) {
        port.onmessage = null;
        cancel();
        reject(error);
      }
    };
  });
}

function deliver(event: TrainerEvent, { onStep, onCheckpoint, onProbe }: TrainerCallbacks): void {
  if (event.kind === 'step') onStep?.(event.entry);
  else if (event.kind === 'checkpoint') onCheckpoint?.(event.bytes);
  else onProbe?.(event.point);
}
