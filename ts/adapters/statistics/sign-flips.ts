import { quickRandom } from './quick-random.js';
import { unitSums } from './unit-sums.js';

const FLIPS = 5000;
const STREAM = 4;
/** Below which sums of the same numbers in another order may differ. */
const ROUNDING = 1e-12;

/**
 * Fisher's randomisation test (Smucker, Allan and Carterette 2007, section 3.3), one-sided: how often the mean
 * difference would be as large if each unit's sign were a coin's, counted as (1 + those) / (1 + all). Unlike the
 * bootstrap's p it keeps its level with few queries, where differences are as likely up as down.
 *
 * @param units see {@link unitSums}
 */
export function signFlips(differences: Float64Array, seed: number, units?: ArrayLike<number>): number {
  const { sums } = unitSums(differences, units);
  const moved = sums.filter((sum) => sum !== 0);
  const observed = moved.reduce((sum, value) => sum + value, 0) - ROUNDING;
  const next = quickRandom(seed, STREAM);
  let asLarge = 0;
  for (let at = 0; at < FLIPS; at++) {
    let sum = 0;
    for (let i = 0; i < moved.length; i++) sum += next() < 0.5 ? moved[i] : -moved[i];
    if (sum >= observed) asLarge += 1;
  }
  return (1 + asLarge) / (1 + FLIPS);
}
