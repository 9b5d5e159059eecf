import type { Qrels } from './qrels.js';

/** A document that is relevant to a query, and how much: a grade above 0. */
export interface RelevantDocument {
  /** Row of the documents. */
  readonly document: number;
  readonly grade: number;
}

/** The relevant documents of each query, by its row; none where nothing judges it. */
export type Relevance = readonly (readonly RelevantDocument[])[];

/** Compressed rows as lists. */
export function relevanceOf({ offsets, indices, grades }: Qrels): Relevance {
  return Array.from({ length: offsets.length - 1 }, (_, query) =>
    Array.from({ length: offsets[query + 1] - offsets[query] }, (_, at) => ({
      document: indices[offsets[query] + at],
      grade: grades[offsets[query] + at],
    })),
  );
}

/** The lists of some queries as compressed rows. */
export function qrelsOf(relevance: Relevance): Qrels {
  const offsets = new Uint32Array(relevance.length + 1);
  relevance.forEach((own, i) => {
    offsets[i + 1] = offsets[i] + own.length;
  });
  const all = relevance.flat();
  return {
    offsets,
    indices: Uint32Array.from(all, ({ document }) => document),
    grades: Float64Array.from(all, ({ grade }) => grade),
    judgements: all.length,
  };
}
