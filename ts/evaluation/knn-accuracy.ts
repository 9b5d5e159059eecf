import { coreNeighbourAccuracy } from '../wasm/evaluation-calls.js';
import { checkedLabelled, type LabelledFeatures, meanAccuracy } from './labelled-features.js';
import { checkEnough, checkedSearch, type NeighbourOptions } from './neighbour-search.js';

/** How often the neighbours' vote is right. */
export interface KnnAccuracy {
  /** The mean over factors. */
  readonly accuracy: number;
  readonly perFactor: readonly number[];
}

/**
 * Classifies each query by the majority of its k nearest references, factor by factor.
 *
 * Of classes with equally many votes, the one that has the nearest neighbour of them wins. A query without neighbours
 * (a zero vector, by cosine) counts as wrong.
 *
 * @throws {ShapeError} where labels do not fit, or queries and references differ in features or factors
 * @throws {DataError} on features that are not finite, or no queries
 * @throws {OptionsError} on a k that the references do not allow, an unknown metric, or excludeSelf between different
 *   numbers of rows
 */
export function knnAccuracy(
  queries: LabelledFeatures,
  references: LabelledFeatures,
  options: NeighbourOptions,
): KnnAccuracy {
  const search = checkedSearch(options);
  const [from, among] = [checkedLabelled('queries', queries), checkedLabelled('references', references)];
  checkEnough(search, among.features.rows);
  const perFactor = coreNeighbourAccuracy(from, among, search);
  return { accuracy: meanAccuracy(perFactor), perFactor };
}
