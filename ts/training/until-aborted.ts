/** What `work` gives, or 'aborted' where the signal aborts before; what becomes of `work` then concerns nobody. */
export async function untilAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T | 'aborted'> {
  if (signal === undefined) return work;
  let stop = (): void => {};
  const aborting = new Promise<'aborted'>((resolve) => {
    stop = () => resolve('aborted');
  });
  if (signal.aborted) stop();
  // Taken off again: a listener a wait would pile up on a signal that lives longer.
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race([work, aborting]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
