import type { CoreOptions } from '../../wasm/core.js';
import { type Matrix, matrix } from '../../wasm/matrix.js';
import type { Heads } from '../heads/heads.js';
import { applyHead } from '../heads/heads.js';
import { truncated } from '../heads/truncation.js';
import { qrelsOf, type Relevance } from '../inputs/relevance.js';
import { judge, type QueryMetrics } from '../retrieval/evaluate-retrieval.js';
import { gatherRows } from './training-batches.js';

/** What is searched. */
export interface Corpus {
  /** Normalised. */
  readonly documents: Matrix;
  /** Each document's place among equal scores. */
  readonly ties: Int32Array;
}

/** Queries of one part, and what is relevant to them. */
export interface HeldOut {
  /** Normalised. */
  readonly queries: Matrix;
  readonly relevance: Relevance;
}

/** The metrics of a report. */
export const REPORTED = ['recall@1', 'recall@10', 'MRR@10', 'nDCG@10'] as const;

/** One of {@link REPORTED}. */
export type ReportedMetric = (typeof REPORTED)[number];

/** No change of either side. */
export const NO_HEADS: Heads = { query: null, document: null };

/** The rows `rows` of queries with their relevant documents. */
export function heldOut(queries: Matrix, relevance: Relevance, rows: readonly number[]): HeldOut {
  return {
    queries: matrix(gatherRows(queries, rows), rows.length, queries.cols),
    relevance: rows.map((row) => relevance[row]),
  };
}

/** Measures queries over the corpus, both mapped by the heads, at each size of outputs; none of them changes anything. */
export function measureSizes(
  held: HeldOut,
  corpus: Corpus,
  heads: Heads,
  sizes: readonly number[],
  options: CoreOptions,
): readonly QueryMetrics[] {
  const documents = applyHead(heads.document, corpus.documents, options);
  const queries = applyHead(heads.query, held.queries, options);
  return sizes.map((size) => {
    const index = { ...corpus, documents: truncated(documents, size) };
    return measureMapped(truncated(queries, size), held.relevance, index, options);
  });
}

/** Of each query, the mean over sizes. */
export function meanOverSizes(sizes: readonly QueryMetrics[], name: ReportedMetric): Float64Array {
  const [first, ...others] = sizes.map(({ metrics }) => metrics[name]);
  return (first ?? new Float64Array(0)).map(
    (value, i) => others.reduce((sum, other) => sum + other[i], value) / sizes.length,
  );
}

/** Measures queries that were mapped already. */
export function measureMapped(
  queries: Matrix,
  relevance: Relevance,
  { documents, ties }: Corpus,
  { deterministic = false }: CoreOptions,
): QueryMetrics {
  const prepared = { queries: { ...queries, ids: null }, from: queries, index: documents, qrels: qrelsOf(relevance) };
  return judge(prepared, { k: [1, 10], ties, deterministic }).perQuery;
}
