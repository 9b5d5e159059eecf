import type { Relevance } from '../../ts/adapters/inputs/relevance.js';
import type { Matrix } from '../../ts/wasm/matrix.js';
import { unitRows } from '../reference/retrieval.js';
import { normalRows, seededRandom } from '../support/random.js';

/** Queries, documents some of which are copies, and one to three graded relevant documents a query. */
export interface DrawnRelevance {
  readonly queries: Matrix;
  readonly documents: Matrix;
  readonly relevance: Relevance;
  /** Every query is alone. */
  readonly queryTwins: Uint32Array;
  readonly documentTwins: Uint32Array;
}

/** `n` queries of `m` documents, of which every third is a copy of an earlier one. */
export function drawnRelevance(n: number, m: number, dims: number, seed: number): DrawnRelevance {
  const random = seededRandom(seed);
  const documentTwins = Uint32Array.from({ length: m }, (_, i) => i);
  for (let i = 2; i < m; i += 3) documentTwins[i] = documentTwins[random.below(i)];
  const originals = unitRows(normalRows(random, m, dims));
  const matrix = (rows: readonly (readonly number[])[]): Matrix => ({
    data: Float32Array.from(rows.flat()),
    rows: rows.length,
    cols: dims,
  });
  return {
    queries: matrix(unitRows(normalRows(random, n, dims))),
    documents: matrix(Array.from(documentTwins, (twin) => originals[twin])),
    relevance: Array.from({ length: n }, () => {
      const own = new Set(Array.from({ length: 1 + random.below(3) }, () => random.below(m)));
      return [...own].sort((a, b) => a - b).map((document) => ({ document, grade: 1 + random.below(3) }));
    }),
    queryTwins: Uint32Array.from({ length: n }, (_, i) => i),
    documentTwins,
  };
}
