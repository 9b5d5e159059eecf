import {
  type Adapter,
  evaluateRetrieval,
  fitAdapter,
  fitMigration,
  type Quantization,
  type RelevantPair,
  type Vectors,
} from '../../ts/entries/adapters-node.js';
import { normals, random } from '../random.js';
import { mean } from './quality.js';
import { type AdapterSet, readOldDocuments, readSet, reflected, sidesOf } from './sets.js';

/** Something else that was measured of adapters: one row of the record. */
export interface Finding {
  /** The record's `case`. */
  readonly description: Readonly<Record<string, string | number>>;
  /** Numbers by name, in the order of the table. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** How much of it to measure. */
export interface FindingSizes {
  readonly seeds: number;
  /** Seeds of shuffled pairs. */
  readonly shuffles: number;
  /** Pairs of the large problem; 0 to leave it out. */
  readonly large: number;
}

/** All findings, one after the other; `onProgress` is told of each before it is measured. */
export async function measureFindings(
  { seeds, shuffles, large }: FindingSizes,
  onProgress: (state: string) => void,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const all: readonly (readonly [string, () => Promise<readonly Finding[]> | readonly Finding[]])[] = [
    ['migration', () => migration(seeds)],
    ['few pairs', () => fewPairs(seeds)],
    ['shuffled pairs', () => shuffledPairs(shuffles)],
    ['indexes', () => indexes(seeds)],
    ['queries a second', throughput],
    ...(large > 0 ? [['1,536 dimensions', () => largeVectors(large)] as const] : []),
  ];
  for (const [what, measure] of all) {
    onProgress(what);
    findings.push(...(await measure()));
  }
  return findings;
}

/** Queries of the new model on the old one's index; no query and no label is seen, only texts of documents. */
async function migration(seeds: number): Promise<readonly Finding[]> {
  const set = readSet('web-api-named');
  const old = { ...readOldDocuments(), ids: set.documents.ids };
  const raw = found({ ...set, documents: old }, set.pairs);
  const adapted: Found[] = [];
  for (let seed = 0; seed < seeds; seed += 1) {
    const { adapter } = await fitMigration({ from: set.documents, to: old, seed });
    adapted.push(found({ ...set, queries: adaptedBy(adapter, set), documents: old }, set.pairs));
  }
  const metrics = { 'raw recall@1': raw.recall1, 'raw recall@10': raw.recall10, ...foundMeans(adapted) };
  return [{ description: { what: 'migration', set: set.name, seeds }, metrics }];
}

/** All queries that had no part in the fit are asked, over the whole corpus, base and adapted. */
async function fewPairs(seeds: number): Promise<readonly Finding[]> {
  const set = readSet('ts-messages');
  const findings: Finding[] = [];
  for (const count of [30, 100, 300]) {
    const runs = await eachSeed(seeds, async (seed) => {
      const { given, left } = divided(set.pairs, count, seed);
      const { adapter, improved } = await fitAdapter({ ...sidesOf(set), qrels: given, seed });
      const adapted = found({ ...set, queries: adaptedBy(adapter, set) }, left);
      return { base: found(set, left), adapted, improved };
    });
    const metrics = {
      'base recall@1': mean(runs.map(({ base }) => base.recall1)),
      ...foundMeans(runs.map(({ adapted }) => adapted)),
      improved: runs.filter(({ improved }) => improved).length,
    };
    findings.push({ description: { what: 'pairs', set: set.name, pairs: count, seeds }, metrics });
  }
  return findings;
}

/** Each query gets another one's document: nothing can be learnt, and the identity must come back. */
async function shuffledPairs(seeds: number): Promise<readonly Finding[]> {
  const set = readSet('ts-messages');
  const identities = await eachSeed(seeds, async (seed) => {
    const documents = shuffled(
      set.pairs.map(([, document]) => document),
      seed,
    );
    const qrels = set.pairs.map(([query], at): RelevantPair => [query, documents[at]]);
    return (await fitAdapter({ ...sidesOf(set), qrels, seed })).adapter.isIdentity;
  });
  const metrics = { identities: identities.filter(Boolean).length };
  return [{ description: { what: 'shuffled', set: set.name, seeds }, metrics }];
}

/** Held-out queries on the index as it is and on smaller ones of the same vectors. */
async function indexes(seeds: number): Promise<readonly Finding[]> {
  const set = readSet('ts-messages');
  const kinds: readonly Quantization[] = ['none', 'int8', 'binary'];
  const runs = await eachSeed(seeds, async (seed) => {
    const { given, left } = divided(set.pairs, Math.round(0.75 * set.pairs.length), seed);
    const { adapter } = await fitAdapter({ ...sidesOf(set), qrels: given, seed });
    const queries = adaptedBy(adapter, set);
    return kinds.map((kind) => {
      // Signs are asked of the vectors as they are.
      const stored = kind === 'binary' ? (vectors: Vectors) => vectors : reflected;
      const foundOf = (asked: Vectors) =>
        found({ queries: stored(asked), documents: stored(set.documents) }, left, kind);
      return { base: foundOf(set.queries), adapted: foundOf(queries) };
    });
  });
  return kinds.map((kind, at) => ({
    description: { what: 'index', set: set.name, quantize: kind, seeds },
    metrics: {
      'base recall@1': mean(runs.map((run) => run[at].base.recall1)),
      ...foundMeans(runs.map((run) => run[at].adapted)),
    },
  }));
}

const [THROUGHPUT_ROWS, THROUGHPUT_ROUNDS] = [20_000, 5];

/** The fastest of a few rounds of `adapter.queries`, checks and normalisation included. */
async function throughput(): Promise<readonly Finding[]> {
  const set = readSet('ts-messages');
  const { cols } = set.queries;
  const rows = normals(random(7), THROUGHPUT_ROWS * cols);
  const findings: Finding[] = [];
  for (const rank of ['full', 64] as const) {
    const { adapter } = await fitAdapter({ ...sidesOf(set), qrels: set.pairs, rank });
    const seconds = Array.from({ length: THROUGHPUT_ROUNDS }, () => {
      const began = performance.now();
      adapter.queries({ data: rows, rows: THROUGHPUT_ROWS, cols });
      return (performance.now() - began) / 1e3;
    });
    const metrics = { 'queries a second': THROUGHPUT_ROWS / Math.min(...seconds) };
    findings.push({ description: { what: 'apply', dims: cols, rank }, metrics });
  }
  return findings;
}

/** Documents that are a hidden map of their queries, with noise: 1,536 dimensions, rank 64 and 512 candidates by default. */
async function largeVectors(count: number): Promise<readonly Finding[]> {
  const dims = 1536;
  const { queries, documents } = hiddenMap(count, dims);
  const { improved, report } = await fitAdapter({ queries, documents, qrels: 'pairs' });
  const { base, adapted } = report.metrics['recall@1'];
  const metrics = {
    ...(base !== null && { 'base recall@1': base }),
    'recall@1': adapted,
    improved: Number(improved),
    seconds: report.seconds,
  };
  return [{ description: { what: 'large', dims, pairs: count, candidates: report.negatives.perStep }, metrics }];
}

/** Each document is its query with noise, and with the coordinates that vary most turned by 90 degrees in pairs. */
function hiddenMap(count: number, dims: number): { readonly queries: Vectors; readonly documents: Vectors } {
  const [turned, rest, noise] = [64, 0.15, 0.3];
  const source = random(11);
  const data = normals(source, count * dims).map((value, i) => (i % dims < turned ? value : rest * value));
  const mapped = data.map((value, i) => {
    const k = i % dims;
    const kept = k % 2 === 0 ? -data[i + 1] : data[i - 1];
    return (k < turned ? kept : value) + noise * source.normal();
  });
  const vectors = (numbers: Float32Array): Vectors => ({ data: numbers, rows: count, cols: dims, ids: null });
  return { queries: vectors(data), documents: vectors(mapped) };
}

interface Found {
  readonly recall1: number;
  readonly recall10: number;
}

function found(
  { queries, documents }: Pick<AdapterSet, 'queries' | 'documents'>,
  qrels: readonly RelevantPair[],
  quantize: Quantization = 'none',
): Found {
  const { metrics } = evaluateRetrieval({ queries, documents, qrels, quantize, k: [1, 10] });
  return { recall1: metrics['recall@1'], recall10: metrics['recall@10'] };
}

function foundMeans(all: readonly Found[]): Readonly<Record<string, number>> {
  return {
    'recall@1': mean(all.map(({ recall1 }) => recall1)),
    'recall@10': mean(all.map(({ recall10 }) => recall10)),
  };
}

function adaptedBy(adapter: Adapter, { queries }: AdapterSet): Vectors {
  return { ...adapter.queries(queries), ids: queries.ids };
}

async function eachSeed<Value>(seeds: number, run: (seed: number) => Promise<Value>): Promise<readonly Value[]> {
  const values: Value[] = [];
  for (let seed = 0; seed < seeds; seed += 1) values.push(await run(seed));
  return values;
}

/** Some pairs for a fit, and those that it does not see. */
function divided(pairs: readonly RelevantPair[], count: number, seed: number) {
  const order = shuffled(pairs, seed);
  return { given: order.slice(0, count), left: order.slice(count) };
}

/** In another order (Fisher and Yates). */
function shuffled<Value>(values: readonly Value[], seed: number): readonly Value[] {
  const source = random(seed + 1);
  const order = [...values];
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = Math.floor(source.uniform() * (at + 1));
    [order[at], order[other]] = [order[other], order[at]];
  }
  return order;
}
