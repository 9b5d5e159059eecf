/** What the process ends with. */
export const EXIT = {
  ok: 0,
  /** The run failed: unreadable data, a full disk, numbers that are no longer finite. */
  failed: 1,
  /** The command line was wrong; nothing was started. */
  usage: 2,
  /** Ended by Ctrl-C, as shells count signals: 128 + 2. */
  interrupted: 130,
  /** Ended by SIGTERM: 128 + 15. */
  terminated: 143,
} as const;

/** One of the values of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
