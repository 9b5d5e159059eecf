import { WorkerError } from '../wasm/errors.js';

/** Whether a worker lives, and what waits for it. */
export interface Lifetime {
  over(): boolean;
  /**
   * @throws {WorkerError} saying how it ended, once it has
   */
  throwIfOver(): void;
  /** Ends it for `reason`; only the first one counts. */
  end(reason: string): void;
  /** What `work` gives; a rejection if the worker ends before. */
  within<T>(work: Promise<T>): Promise<T>;
}

/** The lifetime of a worker that has begun. */
export function lifetime(): Lifetime {
  let ended: WorkerError | null = null;
  const waiting = new Set<(error: WorkerError) => void>();
  const throwIfOver = (): void => {
    if (ended !== null) throw new WorkerError(ended.message);
  };
  return {
    over: () => ended !== null,
    throwIfOver,
    end(reason) {
      if (ended !== null) return;
      ended = new WorkerError(reason);
      for (const reject of waiting) reject(ended);
      waiting.clear();
    },
    // A race with one promise for all calls would keep something of each call for as long as the worker lives.
    async within(work) {
      let own: ((error: WorkerError) => void) | undefined;
      const ending = new Promise<never>((_, reject) => {
        own = reject;
        if (ended === null) waiting.add(reject);
        else reject(new WorkerError(ended.message));
      });
      try {
        return await Promise.race([ending, work]);
      } finally {
        if (own !== undefined) waiting.delete(own);
      }
    },
  };
}
