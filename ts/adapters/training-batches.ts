import { streamSeed } from '../data/seeds.js';
import type { CompressedPositives } from '../objectives/positives.js';
import type { Matrix } from '../wasm/matrix.js';
import { random } from '../wasm/random.js';
import type { Relevance } from './relevance.js';

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
  /** Candidates of a step, at most, but for the batch's own documents. */
  readonly most: number;
  readonly seed: number;
}

const STREAMS = 1000;

/** The documents that are relevant to one of the queries, each once, in order. */
export function relevantDocuments(relevance: Relevance, queries: readonly number[]): number[] {
  const all = new Set(queries.flatMap((query) => (relevance[query] ?? []).map(({ document }) => document)));
  return [...all].sort((a, b) => a - b);
}

/** Gives the batches of an epoch, in an order of its own; a last one that would be short is left out. */
export type BatchSource = (epoch: number) => Generator<TrainingBatch>;

/** The batches of a set; where all documents are candidates, `candidates` is one array for all batches. */
export function batchSource(set: TrainingSet): BatchSource {
  const { relevance, queries, batch, most, documentTwins } = set;
  const documents = relevantDocuments(relevance, queries);
  const places = new Uint32Array(documentTwins.length);
  const idsOf = (candidates: readonly number[]) => Uint32Array.from(candidates, (document) => documentTwins[document]);
  const allIds = idsOf(documents);
  const batchOf = (rows: readonly number[], below: (n: number) => number): TrainingBatch => {
    const isAll = documents.length <= most;
    const candidates = isAll ? documents : sampled(documents, relevantDocuments(relevance, rows), most, below);
    candidates.forEach((document, at) => {
      places[document] = at;
    });
    const positives = positivesOf(relevance, rows, places);
    return { queries: rows, candidates, positives, ids: isAll ? allIds : idsOf(candidates) };
  };
  return function* batches(epoch) {
    const draw = random(streamSeed(set.seed, STREAMS + epoch));
    try {
      const order = draw.permutation(queries.length);
      for (let start = 0; start + batch <= queries.length; start += batch) {
        const rows = [...order.subarray(start, start + batch)].map((at) => queries[at]);
        yield batchOf(rows, draw.below);
      }
    } finally {
      draw.dispose();
    }
  };
}

/** The batch's own documents, and others until there are `most`. */
function sampled(
  documents: readonly number[],
  own: readonly number[],
  most: number,
  below: (n: number) => number,
): readonly number[] {
  const chosen = new Set(own);
  const enough = Math.max(most, own.length);
  while (chosen.size < enough) chosen.add(documents[below(documents.length)]);
  return [...chosen].sort((a, b) => a - b);
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
