/** Milliseconds of work after which others get a turn. */
const TURN_MS = 20;

/** Lets events, signals and other promises run now and then, without slowing short steps. */
export function breather(): () => Promise<void> {
  const turn = availableTurn();
  let last = performance.now();
  return async () => {
    if (performance.now() - last < TURN_MS) return;
    await turn();
    last = performance.now();
  };
}

function availableTurn(): () => Promise<void> {
  if (typeof setImmediate === 'function') return nodeTurn;
  // Workers of Cloudflare with a compatibility date before 2025-08-15 have timers alone.
  return typeof MessageChannel === 'function' ? webTurn : timerTurn;
}

function nodeTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function timerTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/** Browsers hold a timer back for 4 ms; a message comes at once. A channel lasts one turn, so that none stays open. */
function webTurn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
