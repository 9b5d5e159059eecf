import { ShapeError } from '../wasm/errors.js';
import type { StepReport, Trainer } from '../wasm/trainer.js';

/** What takes a run's steps: its trainer itself, or workers that hold copies of it. */
export interface Engine {
  /**
   * Takes a step on a batch, of which it keeps nothing once it has returned.
   *
   * @param x batch x xDim, row-major
   * @param y batch x yDim
   * @throws {ShapeError} on a batch of another size
   * @throws {DataError} where the value or the gradient is not finite; nothing has then changed
   */
  step(x: Float32Array, y: Float32Array): StepReport | Promise<StepReport>;
  /** Told of the batch of the next step while one is under way. */
  prepare?(x: Float32Array, y: Float32Array): void;
  /** Brings the run's trainer to where the last step left off. */
  sync(): void | Promise<void>;
  /** What `work` gives; rejects where the engine fails before. Absent where nothing can fail between steps. */
  within?<T>(work: Promise<T>): Promise<T>;
  dispose(): void;
}

/** Steps of the trainer itself, in the caller's thread. */
export function localEngine(trainer: Trainer): Engine {
  return {
    step(x, y) {
      const inputs = [trainer.x(), trainer.y()] as const;
      checkBatch(x, y, [inputs[0].length, inputs[1].length]);
      inputs[0].set(x);
      inputs[1].set(y);
      return trainer.step();
    },
    sync() {},
    dispose() {},
  };
}

/**
 * Refuses a batch of another size.
 *
 * @throws {ShapeError}
 */
export function checkBatch(x: Float32Array, y: Float32Array, [xLength, yLength]: readonly [number, number]): void {
  if (x.length === xLength && y.length === yLength) return;
  throw new ShapeError(
    `a batch holds ${x.length} numbers of x and ${y.length} of y, expected ${xLength} and ${yLength}`,
  );
}
