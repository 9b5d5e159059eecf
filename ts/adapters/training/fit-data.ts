import { DataError } from '../../wasm/errors.js';
import { type Matrix, matrix } from '../../wasm/matrix.js';
import { normaliseRows } from '../heads/head-pass.js';
import { equalRows } from '../inputs/equal-rows.js';
import { toQrels } from '../inputs/qrels.js';
import { type Relevance, relevanceOf } from '../inputs/relevance.js';
import { tieOrder } from '../inputs/tie-order.js';
import { toVectors } from '../inputs/vectors.js';
import { type PairRows, pairRows } from './closed-forms.js';
import type { FitAdapterOptions } from './fit-adapter-options.js';
import type { Corpus } from './held-out.js';
import { type QueryParts, splitQueries, type Twins } from './query-split.js';

/** Data as training takes them. */
export interface FitData extends Corpus, Twins {
  /** Normalised. */
  readonly queries: Matrix;
  readonly relevance: Relevance;
  readonly parts: QueryParts;
}

/** Reads, checks, normalises and divides. */
export function readFitData(options: FitAdapterOptions): FitData {
  const given = {
    queries: toVectors(options.queries, 'queries'),
    documents: toVectors(options.documents, 'documents'),
  };
  const relevance = relevanceOf(toQrels(options.qrels, given.queries, given.documents));
  if (given.documents.rows < 2) throw new DataError('expected at least two documents to tell apart, got one');
  const [queries, documents] = [normalised(given.queries), normalised(given.documents)];
  // Of the normalised rows, which are all that is compared: a vector and its double are copies.
  const twins = { queryTwins: equalRows(queries), documentTwins: equalRows(documents) };
  const parts = splitQueries(relevance, twins, options.split ?? {}, options.seed ?? 0);
  return { queries, documents, ties: tieOrder(given.documents), relevance, parts, ...twins };
}

/** The pairs of the training queries. */
export function trainingPairs({ queries, documents, relevance, parts }: FitData): PairRows {
  return pairRows(queries, documents, relevance, parts.train);
}

function normalised({ data, rows, cols }: Matrix): Matrix {
  const copy = data.slice();
  normaliseRows(copy, cols);
  return matrix(copy, rows, cols);
}
