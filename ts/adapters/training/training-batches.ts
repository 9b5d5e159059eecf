import { streamSeed } from '../../data/seeds.js';
import type { CompressedPositives } from '../../objectives/positives.js';
import type { Matrix } from '../../wasm/matrix.js';
import { random } from '../../wasm/random.js';
import type { Relevance } from '../inputs/relevance.js';

/** A batch of queries, the documents they are told apart from, and which are relevant to which. */
export interface TrainingBatch {
  /** Rows of the queries. */
  readonly queries: readonly number[];
  /** Rows of the documents. */
  readonly candidates: readonly number[];
  /** Indices are places in `candidates`. */
  readonly positives: CompressedPositives;
  /** A number for each candidate, the same for documents of the same vector. */
  readonly ids: Uint32Array;
}

/** What batches are made of. */
export interface TrainingSet {
  readonly relevance: Relevance;
  /** Rows of the training queries. */
  readonly queries: readonly number[];
  /** A number for each document, the same for documents of the same vector. */
  readonly documentTwins: Uint32Array;
  readonly batch: number;
  readonly candidates: CandidateSource;
  readonly seed: number;
}

/**
 * The documents that a batch's queries are told apart from, its own among them, in order: one array in all batches where
 * they are the same.
 *
 * @param rows of the batch's queries
 * @param below draws a whole number below another
 */
export type CandidateSource = (rows: readonly number[], below: (n: number) => number) => readonly number[];

const STREAMS = 1000;

/** The documents that are relevant to one of the queries, each once, in order. */
export function relevantDocuments(relevance: Relevance, queries: readonly number[]): number[] {
  const all = new Set(queries.flatMap((query) => (relevance[query] ?? []).map(({ document }) => document)));
  return inOrder(all);
}

function inOrder(rows: ReadonlySet<number>): number[] {
  return [...rows].sort((a, b) => a - b);
}

/** How often queries name the same document, or one of the same vector. */
export interface Duplicates {
  readonly pairs: number;
  /** Different documents named. */
  readonly from: number;
  /** Pairs whose document another one names too. */
  readonly byId: number;
  /** Of the documents named, copies of another one. */
  readonly byVector: number;
}

/** Counts the duplicates of some queries' pairs. */
export function duplicatesOf(
  { relevance, documentTwins }: Pick<TrainingSet, 'relevance' | 'documentTwins'>,
  queries: readonly number[],
): Duplicates {
  const documents = relevantDocuments(relevance, queries);
  const pairs = queries.reduce((sum, query) => sum + relevance[query].length, 0);
  const vectors = new Set(documents.map((document) => documentTwins[document])).size;
  const from = documents.length;
  return { pairs, from, byId: pairs - from, byVector: from - vectors };
}

/** All documents that are relevant to one of the queries; where these are more, the batch's own and others drawn, `most` in all. */
export function allCandidates(relevance: Relevance, queries: readonly number[], most: number): CandidateSource {
  const documents = relevantDocuments(relevance, queries);
  if (documents.length <= most) return () => documents;
  return (rows, below) => {
    const own = relevantDocuments(relevance, rows);
    const chosen = new Set(own);
    const enough = Math.max(most, own.length);
    while (chosen.size < enough) chosen.add(documents[below(documents.length)]);
    return inOrder(chosen);
  };
}

/** The batch's own documents. */
export function batchCandidates(relevance: Relevance): CandidateSource {
  return (rows) => relevantDocuments(relevance, rows);
}

/** The batch's own documents, and the negatives of its queries. */
export function minedCandidates(
  relevance: Relevance,
  negatives: ReadonlyMap<number, readonly number[]>,
): CandidateSource {
  return (rows) =>
    inOrder(new Set([...relevantDocuments(relevance, rows), ...rows.flatMap((row) => negatives.get(row) ?? [])]));
}

/**
 * Gives the batches of an epoch, in an order of its own; a last one that would be short is left out, and one without a
 * query that there is anything to tell apart from.
 */
export type BatchSource = (epoch: number) => Generator<TrainingBatch>;

/** The batches of a set; `ids` is one array where `candidates` is. */
export function batchSource(set: TrainingSet): BatchSource {
  const { relevance, queries, batch, documentTwins } = set;
  const places = new Uint32Array(documentTwins.length);
  let last: Pick<TrainingBatch, 'candidates' | 'ids'> = { candidates: [], ids: new Uint32Array(0) };
  const batchOf = (rows: readonly number[], below: (n: number) => number): TrainingBatch => {
    const candidates = set.candidates(rows, below);
    if (candidates !== last.candidates) {
      last = { candidates, ids: Uint32Array.from(candidates, (document) => documentTwins[document]) };
      candidates.forEach((document, at) => {
        places[document] = at;
      });
    }
    return { queries: rows, ...last, positives: positivesOf(relevance, rows, places) };
  };
  return function* batches(epoch) {
    const draw = random(streamSeed(set.seed, STREAMS + epoch));
    try {
      const order = draw.permutation(queries.length);
      for (let start = 0; start + batch <= queries.length; start += batch) {
        const rows = [...order.subarray(start, start + batch)].map((at) => queries[at]);
        const made = batchOf(rows, draw.below);
        if (hasNegative(made)) yield made;
      }
    } finally {
      draw.dispose();
    }
  };
}

/** Whether a query of the batch has a candidate that is neither its own nor a copy of one that is. */
function hasNegative({ positives: { offsets, indices }, ids }: TrainingBatch): boolean {
  return offsets.subarray(1).some((end, i) => {
    const own = new Set(Array.from(indices.subarray(offsets[i], end), (place) => ids[place]));
    return ids.some((id) => !own.has(id));
  });
}

function positivesOf(relevance: Relevance, queries: readonly number[], places: Uint32Array): CompressedPositives {
  const rows = queries.map((query) => relevance[query]);
  const offsets = new Uint32Array(rows.length + 1);
  rows.forEach((row, i) => {
    offsets[i + 1] = offsets[i] + row.length;
  });
  const all = rows.flat();
  return {
    offsets,
    indices: Uint32Array.from(all, ({ document }) => places[document]),
    weights: Float32Array.from(all, ({ grade }) => grade),
  };
}

/** Rows of a matrix one after the other. */
export function gatherRows({ data, cols }: Matrix, rows: readonly number[], out?: Float32Array): Float32Array {
  const gathered = out ?? new Float32Array(rows.length * cols);
  rows.forEach((row, i) => {
    gathered.set(data.subarray(row * cols, (row + 1) * cols), i * cols);
  });
  return gathered;
}
