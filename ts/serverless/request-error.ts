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

/** Nobody reads it but logs. */
export function callerLeft({ reason }: AbortSignal): RequestError {
  return new RequestError(499, 'the caller went away', {}, { cause: reason });
}
