import { type FitAdapterResult, fitFrom } from './fit-adapter.js';
import type { FitAdapterOptions } from './fit-adapter-options.js';
import type { VectorsLike } from './vectors.js';

/** What {@link fitMigration} takes. */
export interface FitMigrationOptions
  extends Omit<FitAdapterOptions, 'queries' | 'documents' | 'qrels' | 'adapt' | 'rank' | 'maxDrift' | 'objective'> {
  /** n x d, texts by the new model. */
  readonly from: VectorsLike;
  /** n x d, the same texts, row by row, by the old model, whose vectors the index holds. */
  readonly to: VectorsLike;
}

/**
 * Learns to search an index of an old model with queries of a new one, from texts that both have embedded; no labels are
 * needed. It begins with Procrustes' rotation and goes on as {@link fitAdapter} does: a text's old vector is what its new
 * one should find among all old ones. The report's base compares vectors of the two models as they are.
 *
 * @throws {ShapeError} on different numbers of rows, or models of different sizes, which this does not offer
 * @throws {DataError} on vectors that cannot be used, naming the row, and on too few of them to divide
 * @throws {OptionsError} on values out of range
 */
export function fitMigration({ from, to, ...options }: FitMigrationOptions): Promise<FitAdapterResult> {
  return fitFrom('procrustes', {
    ...{ ...options, queries: from, documents: to, qrels: 'pairs', adapt: 'query', rank: 'full' },
  });
}
