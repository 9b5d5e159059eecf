import type { Rows } from './linear-algebra.js';

/** What one query's ranking is worth. */
export interface ReferenceMetrics {
  readonly recall: number;
  readonly precision: number;
  readonly MRR: number;
  readonly nDCG: number;
  readonly MAP: number;
}

/** Documents by falling score; among equals the greater id, as text, first. */
export function ranking(scores: readonly number[], ids: readonly string[]): readonly number[] {
  const rows = scores.map((_, row) => row);
  return rows.sort((a, b) => scores[b] - scores[a] || (ids[a] < ids[b] ? 1 : -1));
}

/** trec_eval's definitions, each as its own sum; `grades` by document, all documents. */
export function metricsAt(ranked: readonly number[], grades: readonly number[], k: number): ReferenceMetrics {
  const relevant = grades.filter((grade) => grade > 0).sort((a, b) => b - a);
  const isHit = (rank: number) => grades[ranked[rank - 1]] > 0;
  const ranks = ranked.slice(0, k).map((_, i) => i + 1);
  const hits = ranks.filter(isHit);
  const precisionAt = (rank: number) => hits.filter((hit) => hit <= rank).length / rank;
  const gain = (all: readonly number[]) =>
    all.slice(0, k).reduce((sum, grade, i) => sum + Math.max(grade, 0) / Math.log2(i + 2), 0);
  return {
    recall: hits.length / relevant.length,
    precision: hits.length / k,
    MRR: hits.length > 0 ? 1 / hits[0] : 0,
    nDCG: gain(ranked.map((row) => grades[row])) / gain(relevant),
    MAP: hits.reduce((sum, hit) => sum + precisionAt(hit), 0) / relevant.length,
  };
}

/** Inner products in float64. */
export function innerProducts(queries: Rows, documents: Rows): number[][] {
  return queries.map((query) => documents.map((document) => query.reduce((sum, x, k) => sum + x * document[k], 0)));
}

/** The first `kept` numbers, scaled to length 1. */
export function unitRows(rows: Rows, kept: number = rows[0].length): number[][] {
  return rows.map((row) => {
    const first = row.slice(0, kept);
    return first.map((x) => x / Math.hypot(...first));
  });
}
