import { breather } from '../training/breather.js';
import { callerLeft, RequestError } from './request-error.js';

/** Lets others run now and then, and ends where the signal does. */
export type Turns = () => Promise<void>;

/**
 * The signal of one request: it ends when the caller goes away, or after so many seconds. The promise ends with it, even
 * if the work takes a moment more to notice.
 *
 * @throws {RequestError} 503, or `lateness`, where time ran out, 499 where the caller went away
 */
export async function withDeadline<T>(
  caller: AbortSignal,
  seconds: number,
  work: (signal: AbortSignal) => Promise<T>,
  lateness: () => RequestError = () => new RequestError(503, `not done within ${seconds} s: send less at a time`),
): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const leave = () => controller.abort(callerLeft(caller));
  const late = () => controller.abort(lateness());
  if (caller.aborted) leave();
  caller.addEventListener('abort', leave, { once: true });
  const timer = setTimeout(late, seconds * 1000);
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });
  try {
    return await Promise.race([work(signal), ended]);
  } finally {
    clearTimeout(timer);
    caller.removeEventListener('abort', leave);
  }
}

/** Turns of a request with this signal. */
export function turns(signal: AbortSignal): Turns {
  const breathe = breather();
  return async () => {
    await breathe();
    signal.throwIfAborted();
  };
}
