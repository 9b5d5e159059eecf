import { checkOptions, type KnownOptions } from '../wasm/check-options.js';
import { ShapeError } from '../wasm/errors.js';
import { type FitAdapterResult, fitFrom } from './fit-adapter.js';
import { toVectors, type VectorsLike } from './inputs/vectors.js';
import { FIT_ADAPTER_OPTIONS, type FitAdapterOptions } from './training/fit-adapter-options.js';

/** Options of {@link fitAdapter} that a migration decides. */
type Decided = 'queries' | 'documents' | 'qrels' | 'adapt' | 'rank' | 'hidden' | 'dims' | 'maxDrift' | 'objective';

/** What {@link fitMigration} takes. */
export interface FitMigrationOptions extends Omit<FitAdapterOptions, Decided> {
  /** n x d, texts by the new model. */
  readonly from: VectorsLike;
  /** n x d', the same texts, row by row, by the old model, whose vectors the index holds. */
  readonly to: VectorsLike;
}

const KNOWN: KnownOptions<FitMigrationOptions> = known(FIT_ADAPTER_OPTIONS);

/**
 * Learns to search an index of an old model with queries of a new one, from texts that both have embedded; no labels are
 * needed. It begins with Procrustes' map, a rotation where both models give vectors of one size, and goes on as
 * {@link fitAdapter} does: a text's old vector is what its new one should find among all old ones. The report's base
 * compares vectors of the two models as they are; of two sizes there is none, and Procrustes' map is what must be beaten.
 *
 * @throws {ShapeError} on different numbers of rows
 * @throws {DataError} on vectors that cannot be used, naming the row, and on too few of them to divide
 * @throws {OptionsError} on options that there are not, and values out of range
 */
export async function fitMigration(options: FitMigrationOptions): Promise<FitAdapterResult> {
  checkOptions(options, KNOWN, 'fitMigration');
  const { from, to, ...how } = options;
  const [queries, documents] = [toVectors(from, 'from'), toVectors(to, 'to')];
  if (queries.rows !== documents.rows) {
    throw new ShapeError(
      `from has ${queries.rows} rows and to has ${documents.rows}: they must be the same texts, row by row`,
    );
  }
  return fitFrom('procrustes', { ...how, queries, documents, qrels: 'pairs', adapt: 'query', rank: 'full' });
}

function known({
  queries,
  documents,
  qrels,
  adapt,
  rank,
  hidden,
  dims,
  maxDrift,
  objective,
  ...rest
}: typeof FIT_ADAPTER_OPTIONS): KnownOptions<FitMigrationOptions> {
  return { from: true, to: true, ...rest };
}
