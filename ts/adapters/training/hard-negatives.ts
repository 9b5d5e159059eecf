import type { CoreOptions } from '../../wasm/core.js';
import type { Matrix } from '../../wasm/matrix.js';
import { createProduct } from '../../wasm/product.js';
import { multiply } from '../heads/head-pass.js';
import type { Relevance } from '../inputs/relevance.js';
import { topLists } from '../retrieval/top-lists.js';
import type { MinedNegatives } from './negatives.js';
import type { Twins } from './query-split.js';
import { gatherRows } from './training-batches.js';

/** What negatives are mined from. */
export interface MiningData extends Twins {
  /** Normalised. */
  readonly queries: Matrix;
  /** Normalised. */
  readonly documents: Matrix;
  readonly relevance: Relevance;
}

const [QUERIES, DOCUMENTS] = [256, 1024];

/**
 * The hardest negatives of each query, the hardest first: see {@link MinedNegatives}. A document that is relevant to the
 * query or a copy of it among `rows`, or has the vector of one that is, is none.
 *
 * @param rows of the queries, each with a relevant document
 * @param among rows of the documents that negatives are taken from
 * @returns rows of documents, by row of the query
 */
export function hardNegatives(
  data: MiningData,
  rows: readonly number[],
  among: readonly number[],
  { mine, relativeMargin }: Required<MinedNegatives>,
  options: CoreOptions,
): ReadonlyMap<number, readonly number[]> {
  const { queries, documents, queryTwins, documentTwins } = data;
  const [height, width] = [Math.min(QUERIES, rows.length), Math.min(DOCUMENTS, among.length)];
  const product = createProduct({ rows: height, cols: width, depth: queries.cols }, options);
  const found = new Map<number, readonly number[]>();
  const relevant = relevantTwins(data, rows);
  const from = new Float32Array(height * queries.cols);
  const index = new Float32Array(width * queries.cols);
  const scores = new Float32Array(height * mine);
  try {
    for (let start = 0; start < rows.length; start += height) {
      const block = rows.slice(start, start + height);
      gatherRows(queries, block, from);
      const lists = topLists(block.length, mine);
      const limits = block.map((query) => limitOf(data, query, relativeMargin));
      const own = block.map((query) => relevant.get(queryTwins[query]));
      for (let first = 0; first < among.length; first += width) {
        const some = among.slice(first, first + width);
        const c = multiply(product, from, gatherRows(documents, some, index));
        for (let i = 0; i < block.length; i++) {
          some.forEach((document, j) => {
            const score = c[i * width + j];
            if (score > limits[i] || score < lists.floor(i) || own[i]?.has(documentTwins[document])) return;
            lists.offer(i, document, score, document);
          });
        }
      }
      const best = new Int32Array(block.length * mine).fill(-1);
      lists.write(best, scores);
      block.forEach((query, i) => {
        found.set(
          query,
          [...best.subarray(i * mine, (i + 1) * mine)].filter((document) => document >= 0),
        );
      });
    }
    return found;
  } finally {
    product.dispose();
  }
}

/** By the queries' number among copies: the documents' of all that are relevant to one of the copies. */
function relevantTwins(
  { relevance, queryTwins, documentTwins }: MiningData,
  rows: readonly number[],
): ReadonlyMap<number, ReadonlySet<number>> {
  const all = new Map<number, Set<number>>();
  for (const query of rows) {
    const own = all.get(queryTwins[query]) ?? new Set<number>();
    for (const { document } of relevance[query]) own.add(documentTwins[document]);
    all.set(queryTwins[query], own);
  }
  return all;
}

/** What a negative may score: below 0, too, the margin leads away from the positive. */
function limitOf({ queries, documents, relevance }: MiningData, query: number, margin: number): number {
  const scores = relevance[query].map(({ document }) => {
    let score = 0;
    for (let k = 0; k < queries.cols; k++) {
      score += queries.data[query * queries.cols + k] * documents.data[document * queries.cols + k];
    }
    return score;
  });
  const least = scores.reduce((low, score) => Math.min(low, score));
  return least - margin * Math.abs(least);
}
