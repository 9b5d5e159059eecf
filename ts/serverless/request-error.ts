import { KantorovichError } from '../wasm/errors.js';

/** A request that is not answered as it asks; the status says whose fault that is. */
export class RequestError extends KantorovichError {
  override readonly name = 'RequestError';

  constructor(
    /** HTTP's, from 400. */
    readonly status: number,
    message: string,
    /** What else the answer says, such as `allow`. */
    readonly headers: Readonly<Record<string, string>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What a signal that ended says: the host's own words, or that nobody waits any more. */
export function callerLeft({ reason }: AbortSignal): RequestError {
  return reason instanceof RequestError ? reason : new RequestError(499, 'the caller went away', {}, { cause: reason });
}
