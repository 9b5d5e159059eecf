/** Runs one work at a time, in the order of the calls; a failure is its caller's alone. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** A queue that is empty. */
export function inTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
