import { AbortError, type Matrix } from 'kantorovich/slim';
import { createTrainer, type RemoteTrainer, type TrainerCallbacks, type TrainerJob } from 'kantorovich/workers';

/** One method's training, in a worker of its own. */
export interface Run {
  /** Trains on, from where it was paused; tells how that ended. */
  train(): Promise<'done' | 'paused'>;
  /** Has the training under way end after its step. */
  pause(): void;
  /** Embeddings of pictures by the model as it stands; null where there is none yet. */
  embed(pictures: Matrix): Promise<Matrix | null>;
  /** Ends the worker. */
  dispose(): void;
}

/** A run that has not begun. */
export function createRun(job: TrainerJob, callbacks: Omit<TrainerCallbacks, 'signal' | 'onCheckpoint'>): Run {
  let trainer: RemoteTrainer | null = null;
  let stop = new AbortController();
  let resume: Uint8Array | undefined;
  let hasModel = false;
  let isOver = false;
  const own: TrainerCallbacks = {
    ...callbacks,
    onStep(entry) {
      hasModel = true;
      callbacks.onStep?.(entry);
    },
    onCheckpoint(bytes) {
      resume = bytes;
    },
  };
  return {
    async train() {
      stop = new AbortController();
      const { signal } = stop;
      trainer ??= await createTrainer();
      if (isOver) trainer.dispose();
      if (signal.aborted) return 'paused';
      try {
        await trainer.train({ ...job, options: { ...job.options, ...(resume && { resume }) } }, { ...own, signal });
        return 'done';
      } catch (error) {
        if (error instanceof AbortError) return 'paused';
        throw error;
      }
    },
    pause: () => stop.abort(),
    embed: async (pictures) => (hasModel && trainer !== null ? trainer.embed('x', pictures) : null),
    dispose() {
      isOver = true;
      stop.abort();
      trainer?.dispose();
    },
  };
}
