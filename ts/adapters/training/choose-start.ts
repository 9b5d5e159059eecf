import { applyMap, procrustes } from './closed-forms.js';
import type { CheckedFit, FitAdapterOptions } from './fit-adapter-options.js';
import type { FitData } from './fit-data.js';
import { heldOut, mean, measureMapped, measureSizes, NO_HEADS } from './held-out.js';
import { mappedPairs, type Start } from './start-heads.js';

/** How many times as good as no change Procrustes' map must be to begin with. */
const CLEARLY = 2;
/** Queries below which nothing is clear. */
const LEAST_QUERIES = 10;

/** A start, and the fit that can have it. */
export interface ChosenStart {
  readonly start: Start;
  readonly fit: CheckedFit;
}

/**
 * Where sides are of two spaces of one size, as of two models, no small change brings them together: then W begins as
 * Procrustes' map less the identity, by the queries for early stopping, and is full where its rank was left open.
 */
export function chosenStart(
  data: FitData,
  fit: CheckedFit,
  { rank = 'auto', signal }: Pick<FitAdapterOptions, 'rank' | 'signal'>,
): ChosenStart {
  const { shape, maxDrift } = fit;
  const isFull = shape.head === 'full' || (shape.head === 'low-rank' && rank === 'auto');
  const isOpen = isFull && shape.adapt !== 'shared' && maxDrift === null && !signal?.aborted;
  if (!isOpen || !isFarBetterTurned(data, fit)) {
    return { start: 'identity', fit };
  }
  return { start: 'procrustes', fit: { ...fit, shape: { ...shape, head: 'full', rank: null } } };
}

function isFarBetterTurned(data: FitData, fit: CheckedFit): boolean {
  const { queries, relevance } = heldOut(data.queries, data.relevance, data.parts.stopping);
  const [base] = measureSizes({ queries, relevance }, data, NO_HEADS, fit.shape.sizes, fit);
  const mrr = mean(base?.metrics['MRR@10'] ?? new Float64Array(0));
  // Most data are told apart as they are, and need no map found for them here.
  if (queries.rows < LEAST_QUERIES || mrr * CLEARLY >= 1) return false;
  const { isOfDocuments, pairs } = mappedPairs(data, fit.shape);
  const map = procrustes(pairs, fit);
  const turned = isOfDocuments
    ? measureMapped(queries, relevance, { ...data, documents: applyMap(map, data.documents, fit) }, fit)
    : measureMapped(applyMap(map, queries, fit), relevance, data, fit);
  return mean(turned.metrics['MRR@10']) > CLEARLY * mrr;
}
