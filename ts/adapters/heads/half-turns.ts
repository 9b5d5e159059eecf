/** cos(π t) for t from 0 to 1 by its series: engines differ in the last bit of `Math.cos`. */
export function cosineOfHalfTurns(t: number): number {
  const angle = Math.PI * t;
  // A product: engines differ in the last bit of powers, too.
  const square = angle * angle;
  let [sum, term] = [0, 1];
  for (let k = 0; k < 16; k++) {
    sum += term;
    term *= -square / ((2 * k + 1) * (2 * k + 2));
  }
  return sum;
}
