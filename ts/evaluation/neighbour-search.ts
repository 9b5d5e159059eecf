import { checkOptions } from '../wasm/check-options.js';
import { OptionsError } from '../wasm/errors.js';
import type { CoreSearch } from '../wasm/evaluation-calls.js';

/** What "near" means: a large inner product, a large cosine, or a small Euclidean distance. */
export type NeighbourMetric = 'inner-product' | 'cosine' | 'euclidean';

/** What to look for. */
export interface NeighbourOptions {
  /** Neighbours of each query, from 1 to as many references as it may find. */
  readonly k: number;
  /** Default `euclidean`. */
  readonly metric?: NeighbourMetric;
  /**
   * Queries and references are the same rows, and query i is not to find reference i; other rows that equal it are
   * found. Default false.
   */
  readonly excludeSelf?: boolean;
}

const METRICS: readonly string[] = ['inner-product', 'cosine', 'euclidean'] satisfies NeighbourMetric[];

/**
 * The search as the core takes it.
 *
 * @throws {OptionsError} on an unknown metric, a k that is no whole number from 1, or an excludeSelf that is no boolean
 */
export function checkedSearch(options: NeighbourOptions): CoreSearch {
  checkOptions(options, { k: true, metric: true, excludeSelf: true }, 'a neighbour search');
  const { k, metric = 'euclidean', excludeSelf = false } = options;
  if (!METRICS.includes(metric)) throw new OptionsError(`metric must be one of ${METRICS.join(', ')}, got ${metric}`);
  if (!Number.isSafeInteger(k) || k < 1) throw new OptionsError(`k must be a whole number from 1, got ${k}`);
  if (typeof excludeSelf !== 'boolean') throw new OptionsError(`excludeSelf must be true or false, got ${excludeSelf}`);
  return { k, metric, excludeSelf };
}

/**
 * Refuses a k of more references than a query may find, before room is made for them.
 *
 * @throws {OptionsError} naming the most there can be
 */
export function checkEnough({ k, excludeSelf }: CoreSearch, references: number): void {
  const most = Math.max(0, references - (excludeSelf ? 1 : 0));
  if (k > most) throw new OptionsError(`k must be at most ${most}, the references that a query may find, got ${k}`);
}
