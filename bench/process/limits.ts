import { heldBytes } from './memory.js';

/** What an engine may take; whoever takes more is stopped and left out. */
export interface Limits {
  /** For one run. */
  readonly milliseconds: number;
  /** Of memory, for the whole process; enforced where the system has /proc. */
  readonly bytes: number;
}

/** No limit at all: this library itself is always measured. */
export const unlimited: Limits = { milliseconds: Infinity, bytes: Infinity };

/** Why an engine was left out of a case. */
export type Reason =
  /** One run takes longer than the limit. */
  | 'slow'
  /** The process held more memory than the limit. */
  | 'large'
  /** It threw, or its process ended. */
  | 'failed';

/** An engine that could not do a case within its limits. */
export class EngineStopped extends Error {
  override readonly name = 'EngineStopped';

  constructor(
    readonly reason: Reason,
    message: string,
  ) {
    super(message);
  }
}

/** Often enough that memory which is touched at a few GB/s is caught before it's much over the limit. */
const watchInterval = 100;

/**
 * Calls `onExcess` once, when `milliseconds` have passed or the process `pid` holds more than `bytes`.
 *
 * @returns what ends the watch
 */
export function watch(pid: number, { milliseconds, bytes }: Limits, onExcess: (reason: Reason) => void): () => void {
  const stop = (): void => {
    clearTimeout(deadline);
    clearInterval(memory);
  };
  const exceed = (reason: Reason) => (): void => {
    stop();
    onExcess(reason);
  };
  const deadline = Number.isFinite(milliseconds) ? setTimeout(exceed('slow'), milliseconds) : undefined;
  const tooLarge = exceed('large');
  const memory = Number.isFinite(bytes)
    ? setInterval(() => {
        if ((heldBytes(pid) ?? 0) > bytes) tooLarge();
      }, watchInterval)
    : undefined;
  return stop;
}
