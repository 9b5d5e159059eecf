/** Words of memory that a barrier keeps its state in. */
export const BARRIER_WORDS = 2;

const [ARRIVED, ROUND] = [0, 1];
/** Looks before a thread sleeps: some tens of microseconds, less than falling asleep and waking takes. */
const SPINS = 2000;

/** Blocks the thread until all `count` of them have called it. */
export function awaitAll(state: Int32Array, count: number): void {
  const round = Atomics.load(state, ROUND);
  if (Atomics.add(state, ARRIVED, 1) === count - 1) {
    Atomics.store(state, ARRIVED, 0);
    Atomics.add(state, ROUND, 1);
    Atomics.notify(state, ROUND);
    return;
  }
  for (let spin = 0; spin < SPINS; spin++) {
    if (Atomics.load(state, ROUND) !== round) return;
  }
  while (Atomics.load(state, ROUND) === round) Atomics.wait(state, ROUND, round);
}
