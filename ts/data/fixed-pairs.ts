import { arrayPairs } from './array-pairs.js';
import type { PairSource } from './pair-source.js';
import { collectPairs } from './pairs.js';

/**
 * A fixed training set: `count` pairs drawn once from a source, then read in shuffled epochs. Its mutual information
 * is given as that of the source it was drawn from.
 *
 * @throws {DataError} where the source has fewer pairs
 */
export async function fixedPairs(source: PairSource, count: number, seed: number): Promise<PairSource> {
  const drawn = await collectPairs(source, count, seed);
  return { ...arrayPairs(drawn), mutualInformation: source.mutualInformation };
}
