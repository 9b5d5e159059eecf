import {
  CheckpointError,
  DataError,
  InternalError,
  KantorovichError,
  OptionsError,
  ShapeError,
  StateError,
  WorkerError,
} from '../wasm/errors.js';

const classes = [ShapeError, DataError, OptionsError, StateError, CheckpointError, WorkerError, InternalError];

/** The error that a message boundary flattened, in its own class again. */
export function revive(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof KantorovichError) return error;
  const Own = classes.find((candidate) => candidate.name === error.name);
  if (Own === undefined) return error;
  const revived = new Own(error.message, { cause: error });
  if (error.stack !== undefined) revived.stack = error.stack;
  return revived;
}
