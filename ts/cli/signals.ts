import { EXIT, type ExitCode } from './exit-codes.js';

/** A run that Ctrl-C and SIGTERM ask to end. */
export interface Interruption {
  /** Aborted by the first signal: finish the step, save, end. */
  readonly signal: AbortSignal;
  /** What to exit with: that of the signal, or null where none came. */
  exitCode(): ExitCode | null;
  /** Gives the signals back to their default, unless one has come: the process is then ending, and exits as it says. */
  dispose(): void;
}

/**
 * Listens for SIGINT and SIGTERM. The first aborts `signal`; the second ends the process at once, after `restore` has
 * brought the terminal in order.
 */
export function interruptible(restore: () => void): Interruption {
  const controller = new AbortController();
  let code: ExitCode | null = null;
  const receive = (next: ExitCode) => {
    if (code !== null) {
      restore();
      process.exit(next);
    }
    code = next;
    controller.abort();
  };
  const onInterrupt = () => receive(EXIT.interrupted);
  const onTerminate = () => receive(EXIT.terminated);
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  return {
    signal: controller.signal,
    exitCode: () => code,
    dispose: () => {
      if (code !== null) return;
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onTerminate);
    },
  };
}
