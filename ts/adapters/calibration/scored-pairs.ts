import type { CoreOptions } from '../../wasm/core.js';
import type { Matrix } from '../../wasm/matrix.js';
import type { Qrels } from '../inputs/qrels.js';
import { rankDocuments } from '../retrieval/rank-documents.js';
import { type Calibration, probabilityOf } from './calibration.js';

/** The pairs of each query and its ten best documents. */
export interface ScoredPairs {
  readonly scores: ArrayLike<number>;
  /** 1 where the document is relevant to the query, else 0. */
  readonly relevant: ArrayLike<number>;
  /** Relevant pairs in all, those beyond the ten best among them. */
  readonly allRelevant: number;
}

/** What comes above a threshold. */
export interface AtThreshold {
  readonly score: number;
  readonly pairs: number;
  /** Share of relevant ones among these; null where there are none. */
  readonly precision: number | null;
  /** Share of all relevant pairs that are among these. */
  readonly recall: number;
}

const DEPTH = 10;
const BINS = 10;

/**
 * The ten best documents of each judged query, by the inner products of rows as they are.
 *
 * @param ties each document's place among equal scores
 */
export function scoredPairs(
  queries: Matrix,
  { documents, ties, qrels }: { readonly documents: Matrix; readonly ties: Int32Array; readonly qrels: Qrels },
  { deterministic = false }: CoreOptions,
): ScoredPairs {
  const depth = Math.min(DEPTH, documents.rows);
  const { offsets, indices } = qrels;
  const rankings = rankDocuments(queries, documents, qrels, { depth, ties, onProgress: undefined, deterministic });
  const scores: number[] = [];
  const relevant: number[] = [];
  for (let query = 0; query < queries.rows; query++) {
    const own = new Set(indices.subarray(offsets[query], offsets[query + 1]));
    if (own.size === 0) continue;
    for (let at = query * depth; at < (query + 1) * depth; at++) {
      scores.push(rankings.scores[at]);
      relevant.push(own.has(rankings.documents[at]) ? 1 : 0);
    }
  }
  return { scores, relevant, allRelevant: indices.length };
}

/**
 * The expected calibration error: how far probabilities are from shares of relevant pairs, on average over pairs, in ten
 * bins of equal width (Guo et al. 2017, eq. 3). From 0, which is best, to 1.
 */
export function calibrationError(calibration: Calibration, { scores, relevant }: ScoredPairs): number {
  const excess = new Float64Array(BINS);
  for (let i = 0; i < scores.length; i++) {
    const probability = probabilityOf(calibration, scores[i]);
    excess[Math.min(BINS - 1, Math.floor(probability * BINS))] += probability - relevant[i];
  }
  return excess.reduce((sum, own) => sum + Math.abs(own), 0) / scores.length;
}

/** What the pairs that score `score` or more hold. */
export function atThreshold({ scores, relevant, allRelevant }: ScoredPairs, score: number): AtThreshold {
  let [pairs, hits] = [0, 0];
  for (let i = 0; i < scores.length; i++) {
    if (!(scores[i] >= score)) continue;
    pairs += 1;
    hits += relevant[i];
  }
  return { score, pairs, precision: pairs === 0 ? null : hits / pairs, recall: hits / allRelevant };
}
