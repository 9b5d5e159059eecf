/** Milliseconds of work after which others get a turn. */
const TURN_MS = 20;

/** Lets events, signals and other promises run now and then, without slowing short steps. */
export function breather(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  let last = performance.now();
  let wake: () => void = () => undefined;
  port1.onmessage = () => wake();
  // In Node an open port would keep the process alive.
  if ('unref' in port1 && typeof port1.unref === 'function') port1.unref();
  return async () => {
    if (performance.now() - last < TURN_MS) return;
    await new Promise<void>((resolve) => {
      wake = resolve;
      if ('ref' in port1 && typeof port1.ref === 'function') port1.ref();
      port2.postMessage(null);
    });
    if ('unref' in port1 && typeof port1.unref === 'function') port1.unref();
    last = performance.now();
  };
}
