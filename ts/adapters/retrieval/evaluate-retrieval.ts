import { describeJson } from '../../data/json-row.js';
import { checkFunction, checkOptions, type KnownOptions } from '../../wasm/check-options.js';
import type { CoreOptions } from '../../wasm/core.js';
import { OptionsError } from '../../wasm/errors.js';
import type { Matrix } from '../../wasm/matrix.js';
import { shown } from '../../wasm/shown.js';
import type { VectorId } from '../inputs/ids.js';
import { type Qrels, type QrelsLike, toQrels } from '../inputs/qrels.js';
import { tieOrder } from '../inputs/tie-order.js';
import type { Vectors } from '../inputs/vector-checks.js';
import { idOfRow, toVectors, type VectorsLike } from '../inputs/vectors.js';
import { mean } from './mean.js';
import { METRIC_KINDS, type MetricName, rankingMetrics } from './metrics.js';
import { checkComparable, preparedRows, type Quantization, quantized, type RetrievalMetric } from './prepare.js';
import { rankingSteps } from './rank-documents.js';
import { finish, type Steps } from './steps.js';

/** What is evaluated, and how. */
export interface RetrievalOptions extends CoreOptions {
  /** n x d. */
  readonly queries: VectorsLike;
  /** m x d, the whole corpus: what is left out cannot be found in the wrong place. */
  readonly documents: VectorsLike;
  readonly qrels: QrelsLike;
  /** Cut-offs, whole numbers from 1. Default 1, 5, 10. */
  readonly k?: number | readonly number[];
  /** Default `cosine`. */
  readonly metric?: RetrievalMetric;
  /** Compares the first so many dimensions only, each vector scaled back to its length. Default all. */
  readonly truncate?: number;
  /** How the index stores documents, after truncation and normalisation; queries stay float32. Default `none`. */
  readonly quantize?: Quantization;
  /** Told how many of the judged queries are ranked, block by block. */
  readonly onProgress?: (ranked: number, queries: number) => void;
}

const OPTIONS: KnownOptions<RetrievalOptions> = {
  queries: true,
  documents: true,
  qrels: true,
  k: true,
  metric: true,
  truncate: true,
  quantize: true,
  onProgress: true,
  deterministic: true,
};

/** How well queries find their documents. */
export interface RetrievalEvaluation {
  /** Means over the judged queries: recall, precision, MRR, nDCG and MAP at each k, such as `recall@10`. */
  readonly metrics: Readonly<Record<MetricName, number>>;
  readonly perQuery: QueryMetrics;
  readonly counts: RetrievalCounts;
}

/** The same of each judged query. */
export interface QueryMetrics {
  readonly ids: readonly VectorId[];
  /** Rows of the queries. */
  readonly rows: Uint32Array;
  /** Rank, from 1, of the first relevant document among all documents. */
  readonly firstRelevant: Int32Array;
  readonly metrics: Readonly<Record<MetricName, Float64Array>>;
}

/** How much was evaluated. */
export interface RetrievalCounts {
  /** Judged queries: those that the means are over. */
  readonly queries: number;
  /** Queries that no judgement names, left out of the means. */
  readonly unjudged: number;
  readonly documents: number;
  /** Judgements given, those of grade 0 among them. */
  readonly judgements: number;
  /** Pairs of a query and a document that is relevant to it. */
  readonly relevant: number;
  /** Dimensions compared. */
  readonly dims: number;
}

/** What a ranking is judged by, once inputs are checked. */
export interface JudgedOptions extends CoreOptions {
  readonly k: readonly number[];
  /** Each document's place among equal scores. */
  readonly ties: Int32Array;
  readonly onProgress?: ((ranked: number, queries: number) => void) | undefined;
}

/**
 * Ranks all documents for every judged query, exactly, and measures the rankings as trec_eval does: see
 * {@link rankingMetrics}. Scores are float32; documents of equal score are ranked by their ids as text, falling, as
 * trec_eval ranks them. Scores are computed in blocks: memory grows with n + m, not n x m.
 *
 * @throws {ShapeError} where queries and documents have different dimensions, or rows different lengths
 * @throws {DataError} on vectors, ids or judgements that cannot be used, naming line, row or field
 * @throws {OptionsError} on options that there are not, an unknown metric or quantisation, a k below 1, a truncation above
 * the dimensions
 */
export function evaluateRetrieval(options: RetrievalOptions): RetrievalEvaluation {
  return finish(retrievalSteps(options));
}

/** {@link evaluateRetrieval}, block by block. */
export function* retrievalSteps(options: RetrievalOptions): Steps<RetrievalEvaluation> {
  checkOptions(options, OPTIONS, 'evaluateRetrieval');
  checkFunction(options.onProgress, 'onProgress');
  const { metric = 'cosine', truncate, quantize = 'none', onProgress, deterministic } = options;
  const cutoffs = checkedCutoffs(options.k ?? [1, 5, 10]);
  if (metric !== 'cosine' && metric !== 'inner-product') {
    throw new OptionsError(`metric must be cosine or inner-product, got ${shown(metric satisfies never)}`);
  }
  const [queries, documents] = [toVectors(options.queries, 'queries'), toVectors(options.documents, 'documents')];
  checkComparable(queries, documents);
  const qrels = toQrels(options.qrels, queries, documents);
  const from = preparedRows(queries, { metric, truncate }, 'queries');
  const index = quantized(preparedRows(documents, { metric, truncate }, 'documents'), quantize);
  return yield* judgingSteps(
    { queries, from, index, qrels },
    { k: cutoffs, ties: tieOrder(documents), onProgress, ...(deterministic !== undefined && { deterministic }) },
  );
}

/** What is compared: `from`'s rows are `queries`', prepared; `index` holds the documents as the index stores them. */
export interface Prepared {
  readonly queries: Vectors;
  readonly from: Matrix;
  readonly index: Matrix;
  readonly qrels: Qrels;
}

/** Measures prepared vectors, which are not checked again. */
export function judge(prepared: Prepared, options: JudgedOptions): RetrievalEvaluation {
  return finish(judgingSteps(prepared, options));
}

function* judgingSteps({ queries, from, index, qrels }: Prepared, options: JudgedOptions): Steps<RetrievalEvaluation> {
  const { k: cutoffs, ties, onProgress, deterministic } = options;
  const { offsets, indices, grades, judgements } = qrels;
  const rows = Uint32Array.from({ length: from.rows }, (_, i) => i).filter((i) => offsets[i + 1] > offsets[i]);
  const judged = judgedRows(from, qrels, rows);
  const depth = Math.min(Math.max(...cutoffs), index.rows);
  const rankings = yield* rankingSteps(judged.from, index, judged.qrels, {
    depth,
    ties,
    onProgress,
    ...(deterministic !== undefined && { deterministic }),
  });
  const names = cutoffs.flatMap((k) => METRIC_KINDS.map((kind) => ({ kind, k, name: `${kind}@${k}` as const })));
  const columns = new Map<MetricName, Float64Array>(names.map(({ name }) => [name, new Float64Array(rows.length)]));
  rows.forEach((row, i) => {
    const [begin, end] = [offsets[row], offsets[row + 1]];
    const own = new Map(Array.from(indices.subarray(begin, end), (document, at) => [document, grades[begin + at]]));
    const ranked = Array.from(rankings.documents.subarray(i * depth, (i + 1) * depth), (j) => own.get(j) ?? 0);
    for (const k of cutoffs) {
      const found = rankingMetrics(ranked, grades.subarray(begin, end), k);
      for (const kind of METRIC_KINDS) columns.get(`${kind}@${k}`)?.fill(found[kind], i, i + 1);
    }
  });
  return {
    metrics: Object.fromEntries([...columns].map(([name, values]) => [name, mean(values)])),
    perQuery: {
      ids: Array.from(rows, (row) => idOfRow(queries, row)),
      rows,
      firstRelevant: rankings.firstRelevant,
      metrics: Object.fromEntries(columns),
    },
    counts: {
      queries: rows.length,
      unjudged: from.rows - rows.length,
      documents: index.rows,
      judgements,
      relevant: indices.length,
      dims: index.cols,
    },
  };
}

function judgedRows(from: Matrix, qrels: Qrels, rows: Uint32Array): { readonly from: Matrix; readonly qrels: Qrels } {
  if (rows.length === from.rows) return { from, qrels };
  const data = new Float32Array(rows.length * from.cols);
  // Rows that nothing judges have no relevant documents: leaving out their offsets leaves the others where they are.
  const offsets = new Uint32Array(rows.length + 1);
  rows.forEach((row, i) => {
    data.set(from.data.subarray(row * from.cols, (row + 1) * from.cols), i * from.cols);
    offsets[i + 1] = qrels.offsets[row + 1];
  });
  return { from: { data, rows: rows.length, cols: from.cols }, qrels: { ...qrels, offsets } };
}

function checkedCutoffs(k: number | readonly number[]): readonly number[] {
  const cutoffs = Array.isArray(k) ? [...new Set<unknown>(k)] : [k];
  if (cutoffs.length > 0 && cutoffs.every(isCutoff)) return cutoffs;
  throw new OptionsError(`k must be a whole number from 1, or several, got ${describeJson(k)}`);
}

function isCutoff(k: unknown): k is number {
  return typeof k === 'number' && Number.isSafeInteger(k) && k >= 1;
}
