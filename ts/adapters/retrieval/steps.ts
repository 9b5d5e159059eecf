/** Work in pieces of some milliseconds; whoever runs it decides what happens in between. */
export type Steps<T> = Generator<void, T>;

/** Runs all of it at once. */
export function finish<T>(steps: Steps<T>): T {
  for (let next = steps.next(); ; next = steps.next()) if (next.done) return next.value;
}

/** Runs it with `turn` between the pieces; where that fails, the work ends and gives back what it holds. */
export async function finishInTurns<T>(steps: Steps<T>, turn: () => Promise<void>): Promise<T> {
  for (let next = steps.next(); ; next = steps.next()) {
    if (next.done) return next.value;
    try {
      await turn();
    } catch (error) {
      steps.throw(error);
    }
  }
}
