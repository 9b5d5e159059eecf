/**
 * The share of the peak learning rate at a step: linear warm-up over the first tenth, then half a cosine down to 0.
 *
 * @param step from 0 to `steps` - 1
 */
export function cosineSchedule(step: number, steps: number): number {
  const warmUp = Math.max(1, Math.floor(steps / 10));
  if (step < warmUp) return (step + 1) / warmUp;
  return (1 + cosineOfHalfTurns((step - warmUp) / Math.max(1, steps - warmUp))) / 2;
}

/** cos(π t) for t from 0 to 1 by its series: engines differ in the last bit of `Math.cos`. */
function cosineOfHalfTurns(t: number): number {
  const square = (Math.PI * t) ** 2;
  let [sum, term] = [0, 1];
  for (let k = 0; k < 16; k++) {
    sum += term;
    term *= -square / ((2 * k + 1) * (2 * k + 2));
  }
  return sum;
}
