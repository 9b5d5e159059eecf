/** A function from the step reached to the seconds left, at the mean speed since it was made; NaN before any step. */
export function timeLeft(steps: number, from: number, now: () => number): (step: number) => number {
  const start = now();
  return (step) => (step > from ? (((now() - start) / (step - from)) * (steps - step)) / 1000 : Number.NaN);
}
