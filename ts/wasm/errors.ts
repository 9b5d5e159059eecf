/** The base of every error this library throws on purpose; `name` survives structured clones. */
export class KantorovichError extends Error {
  override readonly name: string = 'KantorovichError';
}

/** Array lengths or matrix shapes that do not fit together; the message gives both. */
export class ShapeError extends KantorovichError {
  override readonly name = 'ShapeError';
}

/** Values that cannot be used: NaN, infinity, too few pairs, a malformed file or row. */
export class DataError extends KantorovichError {
  override readonly name = 'DataError';
}

/** An option that is unknown or outside its range; the message gives the allowed values. */
export class OptionsError extends KantorovichError {
  override readonly name = 'OptionsError';
}

/** A resource used after `dispose()`, or a view used after it went stale. */
export class StateError extends KantorovichError {
  override readonly name = 'StateError';
}

/** A checkpoint or weights file that is truncated, malformed or of another model. */
export class CheckpointError extends KantorovichError {
  override readonly name = 'CheckpointError';
}

/** A derivative that does not exist where it was asked for; the message names the op and what to do instead. */
export class GradientError extends KantorovichError {
  override readonly name = 'GradientError';
}

/** A worker that could not start, died, or was used after it ended. */
export class WorkerError extends KantorovichError {
  override readonly name = 'WorkerError';
}

/** What a caller's signal ended before it was done; `reason`, and `cause`, is the signal's. */
export class AbortError extends KantorovichError {
  override readonly name = 'AbortError';
  readonly reason: unknown;

  constructor(reason: unknown) {
    super(`aborted by its signal: ${reason instanceof Error ? reason.message : String(reason)}`, { cause: reason });
    this.reason = reason;
  }
}

/** A fault of this library, not of the caller: please report it. The next call runs on a fresh instance. */
export class InternalError extends KantorovichError {
  override readonly name = 'InternalError';
}
