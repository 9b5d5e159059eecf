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

/**
 * What a worker answers. Errors come over the boundary flattened and get their own class again; what cannot cross it is
 * named.
 */
export async function revived<T>(answer: () => Promise<T>): Promise<T> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'DataCloneError') {
      throw new OptionsError(`a worker is sent plain data, with neither functions nor signals: ${error.message}`);
    }
    throw revive(error);
  }
}

/** The error that a message boundary flattened, in its own class again. */
function revive(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof KantorovichError) return error;
  const Own = classes.find((candidate) => candidate.name === error.name);
  if (Own === undefined) return error;
  const revived = new Own(error.message, { cause: error });
  if (error.stack !== undefined) revived.stack = error.stack;
  return revived;
}
