import { StateError } from '../wasm/errors.js';
import type { Matrix, MatrixLike } from '../wasm/matrix.js';
import type { Side } from '../wasm/trainer.js';

/** A run as it stands between two steps. */
export interface RunView {
  /**
   * Embeddings of rows by the model as it stands, with the constraint applied.
   *
   * @throws {ShapeError} on another width
   * @throws {DataError} on NaN or infinity
   */
  embed(side: Side, rows: MatrixLike): Matrix;
  /** The bytes of a checkpoint. */
  checkpoint(): Uint8Array;
}

/** What is asked of a run while it goes on. */
export interface Requests {
  /**
   * Does `work` before the run's next step.
   *
   * @throws {StateError} where the run ends before
   * @throws whatever `work` throws; the run goes on
   */
  ask<T>(work: (run: RunView) => T): Promise<T>;
  /** Whether anything waits. */
  pending(): boolean;
  /** Does all that waits. */
  serve(run: RunView): void;
  /** Refuses what waits, and all that comes. */
  close(): void;
}

interface Waiting {
  serve(run: RunView): void;
  refuse(): void;
}

/** An empty list of requests, for one run. */
export function runRequests(): Requests {
  const waiting: Waiting[] = [];
  let open = true;
  const ended = () => new StateError('the run has ended');
  return {
    ask(work) {
      if (!open) return Promise.reject(ended());
      return new Promise((resolve, reject) => {
        const serve = (run: RunView): void => {
          try {
            resolve(work(run));
          } catch (error) {
            reject(error);
          }
        };
        waiting.push({ serve, refuse: () => reject(ended()) });
      });
    },
    pending: () => waiting.length > 0,
    serve(run) {
      for (const request of waiting.splice(0)) request.serve(run);
    },
    close() {
      open = false;
      for (const request of waiting.splice(0)) request.refuse();
    },
  };
}
