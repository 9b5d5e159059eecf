import type { CoreOptions } from '../../wasm/core.js';
import type { Matrix } from '../../wasm/matrix.js';
import { computed, createProduct, type Product } from '../../wasm/product.js';
import type { Qrels } from '../inputs/qrels.js';
import { finish, type Steps } from './steps.js';
import { type TopLists, topLists } from './top-lists.js';

/** How documents are ranked. */
export interface RankOptions extends CoreOptions {
  /** Documents kept of each ranking, from 1; no more than there are. */
  readonly depth: number;
  /** Each document's place among equal scores: see {@link tieOrder}. */
  readonly ties: Int32Array;
  /** Told how many queries are ranked, block by block. */
  readonly onProgress?: ((ranked: number, queries: number) => void) | undefined;
}

/** The first documents of each query's ranking. */
export interface Rankings {
  readonly depth: number;
  /** Queries x depth: rows of documents, the best first. */
  readonly documents: Int32Array;
  /** Queries x depth. */
  readonly scores: Float32Array;
  /** The rank, from 1, of each query's first relevant document among all documents; 0 where it has none. */
  readonly firstRelevant: Int32Array;
}

/** What a block of queries meets while documents pass by. */
interface Contest {
  readonly lists: TopLists;
  /** The best score among a query's relevant documents, and that document's place among ties. */
  readonly best: Float32Array;
  readonly bestTie: Int32Array;
  /** How many documents come before it. */
  readonly before: Int32Array;
}

const QUERIES = 512;
const DOCUMENTS = 1024;

/**
 * Ranks all documents for each query by inner products, in blocks: memory is O(queries x depth), never queries x
 * documents. Rows are what `preparedRows` made; `relevant` says which documents `firstRelevant` is about.
 */
export function rankDocuments(queries: Matrix, documents: Matrix, relevant: Qrels, options: RankOptions): Rankings {
  return finish(rankingSteps(queries, documents, relevant, options));
}

/** {@link rankDocuments}, block by block. */
export function* rankingSteps(
  queries: Matrix,
  documents: Matrix,
  relevant: Qrels,
  options: RankOptions,
): Steps<Rankings> {
  const { depth, ties, onProgress, deterministic } = options;
  // Whole tiles, and one shape for all: a pair's score has the same bits wherever it stands.
  const shape = {
    rows: Math.min(QUERIES, roundUp(queries.rows, 4)),
    cols: Math.min(DOCUMENTS, roundUp(documents.rows, 16)),
    depth: queries.cols,
  };
  const product = createProduct(shape, deterministic === undefined ? {} : { deterministic });
  try {
    const out = {
      depth,
      documents: new Int32Array(queries.rows * depth),
      scores: new Float32Array(queries.rows * depth),
      firstRelevant: new Int32Array(queries.rows),
    };
    for (let start = 0; start < queries.rows; start += shape.rows) {
      const count = Math.min(shape.rows, queries.rows - start);
      product.a().set(queries.data.subarray(start * queries.cols, (start + count) * queries.cols));
      const contest = openContest(count, depth);
      const judged = { offsets: relevant.offsets.subarray(start, start + count + 1), indices: relevant.indices };
      yield* findBest(product, shape.cols, documents, { contest, judged, ties });
      yield* passBy(product, shape.cols, documents, { contest, ties });
      contest.lists.write(out.documents.subarray(start * depth), out.scores.subarray(start * depth));
      contest.before.forEach((before, i) => {
        if (contest.bestTie[i] >= 0) out.firstRelevant[start + i] = before + 1;
      });
      onProgress?.(start + count, queries.rows);
    }
    return out;
  } finally {
    product.dispose();
  }
}

function openContest(count: number, depth: number): Contest {
  return {
    lists: topLists(count, depth),
    best: new Float32Array(count).fill(Number.NEGATIVE_INFINITY),
    bestTie: new Int32Array(count).fill(-1),
    before: new Int32Array(count),
  };
}

interface Judged {
  readonly offsets: Uint32Array;
  readonly indices: Uint32Array;
}

/** Scores the block's relevant documents beforehand, so that one pass over all documents can count. */
function* findBest(
  product: Product,
  width: number,
  documents: Matrix,
  { contest, judged, ties }: { readonly contest: Contest; readonly judged: Judged; readonly ties: Int32Array },
): Steps<void> {
  const { offsets, indices } = judged;
  const { best, bestTie } = contest;
  const wanted = [...new Set(indices.subarray(offsets[0], offsets[offsets.length - 1]))];
  for (let start = 0; start < wanted.length; start += width) {
    const block = wanted.slice(start, start + width);
    const b = product.b();
    block.forEach((row, j) => {
      b.set(documents.data.subarray(row * documents.cols, (row + 1) * documents.cols), j * documents.cols);
    });
    const columns = new Map(block.map((row, j) => [row, j]));
    const scores = computed(product);
    for (let i = 0; i < best.length; i++) {
      for (let at = offsets[i]; at < offsets[i + 1]; at++) {
        const column = columns.get(indices[at]);
        if (column === undefined) continue;
        const [score, tie] = [scores[i * width + column], ties[indices[at]]];
        if (bestTie[i] >= 0 && (score < best[i] || (score === best[i] && tie > bestTie[i]))) continue;
        best[i] = score;
        bestTie[i] = tie;
      }
    }
    yield;
  }
}

function* passBy(
  product: Product,
  width: number,
  documents: Matrix,
  { contest, ties }: { readonly contest: Contest; readonly ties: Int32Array },
): Steps<void> {
  const { best, bestTie, before } = contest;
  for (let start = 0; start < documents.rows; start += width) {
    const count = Math.min(width, documents.rows - start);
    product.b().set(documents.data.subarray(start * documents.cols, (start + count) * documents.cols));
    const scores = computed(product);
    for (let i = 0; i < best.length; i++) {
      const own = scores.subarray(i * width, i * width + count);
      before[i] += countBefore(own, ties, start, best[i], bestTie[i]);
      offerAll(contest.lists, i, own, ties, start);
    }
    yield;
  }
}

function countBefore(scores: Float32Array, ties: Int32Array, start: number, best: number, bestTie: number): number {
  let count = 0;
  for (let j = 0; j < scores.length; j++) {
    const score = scores[j];
    if (score >= best && (score > best || ties[start + j] < bestTie)) count += 1;
  }
  return count;
}

function offerAll(lists: TopLists, query: number, scores: Float32Array, ties: Int32Array, start: number): void {
  let floor = lists.floor(query);
  for (let j = 0; j < scores.length; j++) {
    const score = scores[j];
    if (score >= floor) floor = lists.offer(query, start + j, score, ties[start + j]);
  }
}

function roundUp(count: number, unit: number): number {
  return Math.ceil(count / unit) * unit;
}
