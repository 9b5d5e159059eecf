import type { CoreOptions } from '../wasm/core.js';
import { DataError } from '../wasm/errors.js';
import { type Matrix, matrix } from '../wasm/matrix.js';
import { type Adapter, adapterOf } from './adapter.js';
import { type AdapterReport, differences, formatReport, metricRows, rankChanges } from './adapter-report.js';
import { applyMap, type PairRows, pairRows, procrustes, ridge } from './closed-forms.js';
import { equalRows } from './equal-rows.js';
import type { QueryMetrics } from './evaluate-retrieval.js';
import { type CheckedFit, checkedFit, checkSameDims, type FitAdapterOptions } from './fit-adapter-options.js';
import { type Heads, identityHeads } from './heads.js';
import { type Corpus, heldOut, mean, measure, measureMapped, REPORTED, type ReportedMetric } from './held-out.js';
import { pairedBootstrap } from './paired-bootstrap.js';
import { toQrels } from './qrels.js';
import { foldQueries, type QueryParts, splitQueries } from './query-split.js';
import { type Relevance, relevanceOf } from './relevance.js';
import { normaliseRows } from './residual-pass.js';
import { tieOrder } from './tie-order.js';
import { type HeadProgress, headTrainer } from './train-heads.js';
import { relevantDocuments } from './training-batches.js';
import { toVectors } from './vectors.js';
import { isWorthCrossFitting, type Verdict, type VerdictEvidence, verdictOf } from './verdict.js';

/** An adapter and what held-out queries say of it. */
export interface FitAdapterResult {
  /** What was trained where it passed, else the identity. */
  readonly adapter: Adapter;
  /** Whether queries that neither training nor any choice has seen say that it is better than none (p < 0.001). */
  readonly improved: boolean;
  /** Why, in words. */
  readonly reason: string;
  readonly report: AdapterReport;
}

/** Data as training takes them. */
interface Data extends Corpus {
  /** Normalised. */
  readonly queries: Matrix;
  readonly relevance: Relevance;
  readonly parts: QueryParts;
  /** A number for each query, the same for queries of the same vector. */
  readonly queryTwins: Uint32Array;
  /** A number for each document, likewise. */
  readonly documentTwins: Uint32Array;
}

/** What training begins with. */
export type Start = 'identity' | 'procrustes';

interface Trained extends HeadProgress {
  readonly heads: Heads;
  readonly learningRate: number;
  /** Whether it ended where it began, at no change. */
  readonly isIdentity: boolean;
}

const NO_HEADS: Heads = { query: null, document: null };

/** Parts that take turns in a cross-fitted verdict. */
const FOLDS = 6;

/** After which the better learning rate is seen. */
const TRIAL_EPOCHS = 3;

const RIDGE_STRENGTHS = [0.1, 1, 10];
/** Dimensions above which only the middle strength is tried: the cost grows with their cube. */
const TRIED_UP_TO = 768;

/**
 * Learns a small change of embeddings that makes retrieval better: y = normalise(x + W x), W = 0 at the start, by
 * InfoNCE (van den Oord et al. 2018, eq. 4) over the documents that are relevant to training queries.
 *
 * Queries with a relevant document are divided into training, early stopping, verdict and test. The identity is one of
 * the checkpoints, and what comes back unless a paired bootstrap of MRR@10 over the verdict's queries says that the best
 * checkpoint is better; where these are too few to tell, over all queries but the test's, each asked of an adapter trained
 * and chosen without it (p < 0.0005 in each of the two, so below 0.001 together). The report's numbers are of test queries, which nothing else has seen, over all
 * documents.
 *
 * @throws {ShapeError} on vectors of different sizes
 * @throws {DataError} on vectors or relevance that cannot be used, naming row or line, and on too few queries to divide
 * @throws {OptionsError} on unknown names and values out of range
 * @throws {StateError} outside Node, before `load({ evaluation: true })`
 */
export function fitAdapter(options: FitAdapterOptions): Promise<FitAdapterResult> {
  return fitFrom('identity', options);
}

/** {@link fitAdapter} from a start: of `procrustes`, which takes a full W of the queries, W = M - 1. */
export async function fitFrom(start: Start, options: FitAdapterOptions): Promise<FitAdapterResult> {
  const began = performance.now();
  const data = readData(options);
  const { queries, documents, relevance, parts } = data;
  const from = relevantDocuments(relevance, parts.train);
  const fit = checkedFit(options, queries.cols, from.length);
  // First, because it needs what judges representations: where that is not loaded, nothing has been waited for.
  const rotation = procrustes(trainingPairs(data), fit);
  const trained = await trainBest(data, fit, start === 'identity' ? null : rotation, options);
  const verdict = await judgeTrained(data, trained, fit, start, options);
  const { metrics, ranks, strength } = compare(data, trained.heads, rotation, fit);
  const masked = from.length - new Set(from.map((document) => data.documentTwins[document])).size;
  const trainDocuments = new Set(from);
  const numbers = {
    metrics,
    ranks,
    queries: {
      train: parts.train.length,
      stopping: parts.stopping.length,
      verdict: parts.verdict.length,
      test: parts.test.length,
    },
    pairs: relevance.reduce((sum, own) => sum + own.length, 0),
    documents: documents.rows,
    dims: queries.cols,
    negatives: { perStep: Math.min(fit.candidates, from.length), from: from.length, duplicatesMasked: masked },
    sharedDocuments: parts.test.filter((query) => relevance[query].some(({ document }) => trainDocuments.has(document)))
      .length,
    training: {
      learningRate: trained.learningRate,
      epochs: trained.epochs,
      bestEpoch: trained.bestEpoch,
      ridgeStrength: strength,
    },
    verdict,
    seconds: (performance.now() - began) / 1000,
  };
  const report: AdapterReport = { ...numbers, toString: () => formatReport(numbers) };
  const heads = verdict.improved ? trained.heads : identityHeads(fit.adapt, queries.cols, fit.rank, fit.seed);
  const held = Object.fromEntries(
    REPORTED.flatMap((name) => [
      [`base ${name}`, metrics[name].base],
      [name, verdict.improved ? metrics[name].adapted : metrics[name].base],
    ]),
  );
  const { adapt, rank, maxDrift } = fit;
  const { model = null, prefix = null } = options;
  const adapter = adapterOf(heads, {
    ...{ model, prefix, dims: queries.cols, normalisation: 'l2', adapt, rank, maxDrift, metrics: held },
  });
  return { adapter, improved: verdict.improved, reason: verdict.reason, report };
}

function readData(options: FitAdapterOptions): Data {
  const queries = toVectors(options.queries, 'queries');
  const documents = toVectors(options.documents, 'documents');
  checkSameDims(queries.cols, documents.cols);
  const relevance = relevanceOf(toQrels(options.qrels, queries, documents));
  if (documents.rows < 2) throw new DataError('expected at least two documents to tell apart, got one');
  const queryTwins = equalRows(queries);
  const parts = splitQueries(relevance, queryTwins, options.split ?? {}, options.seed ?? 0);
  const documentTwins = equalRows(documents);
  return {
    queries: normalised(queries),
    documents: normalised(documents),
    ties: tieOrder(documents),
    ...{ relevance, parts, queryTwins, documentTwins },
  };
}

function normalised({ data, rows, cols }: Matrix): Matrix {
  const copy = data.slice();
  normaliseRows(copy, cols);
  return matrix(copy, rows, cols);
}

/** Tries each learning rate for some epochs and goes on with the best, by the queries for early stopping. */
async function trainBest(
  data: Data,
  fit: CheckedFit,
  start: Matrix | null,
  { signal, onEpoch }: Pick<FitAdapterOptions, 'signal' | 'onEpoch'>,
): Promise<Trained> {
  const { queries, relevance, parts, documentTwins } = data;
  const { candidates: most, seed, learningRates, maxEpochs } = fit;
  const batch = Math.min(fit.batch, parts.train.length);
  const set = { relevance, queries: parts.train, documentTwins, batch, most, seed };
  const stopping = heldOut(queries, relevance, parts.stopping);
  const hooks = { ...(signal && { signal }), ...(onEpoch && { onEpoch }) };
  const runs = learningRates.map((learningRate) => {
    const heads = identityHeads(fit.adapt, queries.cols, fit.rank, seed);
    if (start !== null) startFrom(heads, start);
    const trainer = headTrainer(heads, queries, data, set, stopping, { ...fit, learningRate, ...hooks });
    return { heads, learningRate, trainer };
  });
  try {
    const trial = learningRates.length === 1 ? maxEpochs : Math.min(TRIAL_EPOCHS, maxEpochs);
    for (const { trainer } of runs) await trainer.run(trial);
    const best = runs.reduce((first, other) =>
      other.trainer.progress.bestMrr > first.trainer.progress.bestMrr ? other : first,
    );
    await best.trainer.run(maxEpochs);
    best.trainer.restoreBest();
    return {
      ...best.trainer.progress,
      heads: best.heads,
      learningRate: best.learningRate,
      isIdentity: start === null && best.trainer.progress.bestEpoch === 0,
    };
  } finally {
    for (const { trainer } of runs) trainer.dispose();
  }
}

function trainingPairs({ queries, documents, relevance, parts }: Data): PairRows {
  return pairRows(queries, documents, relevance, parts.train);
}

/** W = M - 1, so that x + W x = M x. */
function startFrom({ query }: Heads, { data, cols }: Matrix): void {
  const w = query?.tensors[0].data;
  w?.set(data);
  for (let i = 0; i < cols; i++) w?.fill(data[i * cols + i] - 1, i * cols + i, i * cols + i + 1);
}

/**
 * Asks the queries that no choice has seen; where they are too few to tell, all queries but the test's, each of an
 * adapter trained and chosen without it.
 */
async function judgeTrained(
  data: Data,
  trained: Trained,
  fit: CheckedFit,
  start: Start,
  options: FitAdapterOptions,
): Promise<Verdict> {
  const { parts } = data;
  const own = evidenceOf([asked(data, trained, fit, parts.verdict)], data, fit, trained, false);
  const rows = [...parts.train, ...parts.stopping, ...parts.verdict];
  if (options.signal?.aborted || !isWorthCrossFitting(own, rows.length)) return verdictOf(own);
  const by = options.split?.by ?? 'query';
  const folds = foldQueries(data.relevance, data.queryTwins, { rows, folds: FOLDS, by }, fit.seed);
  if (folds.some((fold) => fold.length === 0)) return verdictOf(own);
  const hooks = options.signal ? { signal: options.signal } : {};
  const all: Asked[] = [];
  for (const [at, fold] of folds.entries()) {
    const stopping = folds[(at + 1) % FOLDS];
    const train = folds.filter((other) => other !== fold && other !== stopping).flat();
    const part = { ...data, parts: { ...parts, train, stopping, verdict: fold } };
    const from = start === 'identity' ? null : procrustes(trainingPairs(part), fit);
    all.push(asked(data, await trainBest(part, fit, from, hooks), fit, fold));
  }
  return verdictOf(evidenceOf(all, data, fit, trained, true));
}

/** Metrics of some queries before and after. */
interface Asked {
  readonly base: QueryMetrics['metrics'];
  readonly adapted: QueryMetrics['metrics'];
}

function asked(data: Data, { heads }: Trained, fit: CheckedFit, rows: readonly number[]): Asked {
  const held = heldOut(data.queries, data.relevance, rows);
  return { base: measure(held, data, NO_HEADS, fit).metrics, adapted: measure(held, data, heads, fit).metrics };
}

function evidenceOf(
  all: readonly Asked[],
  { documents }: Data,
  { seed }: CheckedFit,
  { isIdentity }: Trained,
  crossFitted: boolean,
): VerdictEvidence {
  const joined = (side: keyof Asked, name: ReportedMetric) =>
    Float64Array.from(all.flatMap((one) => [...one[side][name]]));
  const change = differences(joined('adapted', 'MRR@10'), joined('base', 'MRR@10'));
  return {
    difference: pairedBootstrap(change, seed),
    queries: change.length,
    changed: change.filter((by) => by !== 0).length,
    documents: documents.rows,
    baseRecall10: mean(joined('base', 'recall@10')),
    adaptedRecall10: mean(joined('adapted', 'recall@10')),
    isIdentity,
    crossFitted,
  };
}

/** All ways to map the test queries. */
function compare(data: Data, heads: Heads, rotation: Matrix, fit: CheckedFit) {
  const { queries, relevance, parts } = data;
  const held = heldOut(queries, relevance, parts.test);
  const pairs = trainingPairs(data);
  const mapped = (map: Matrix) => measureMapped(applyMap(map, held.queries, fit), held.relevance, data, fit).metrics;
  const base = measure(held, data, NO_HEADS, fit);
  const adapted = measure(held, data, heads, fit);
  const { map, strength } = bestRidge(data, pairs, fit);
  const by = {
    base: base.metrics,
    procrustes: mapped(rotation),
    ridge: mapped(map),
    adapted: adapted.metrics,
  };
  const ranks = rankChanges(base.firstRelevant, adapted.firstRelevant);
  return { metrics: metricRows(by, fit.seed), ranks, strength };
}

/** The strength that serves the queries for early stopping best. */
function bestRidge(data: Data, pairs: PairRows, options: CoreOptions) {
  const { queries, relevance } = heldOut(data.queries, data.relevance, data.parts.stopping);
  const strengths = queries.cols > TRIED_UP_TO ? RIDGE_STRENGTHS.slice(1, 2) : RIDGE_STRENGTHS;
  const all = strengths.map((strength) => {
    const map = ridge(pairs, strength, options);
    const { metrics } = measureMapped(applyMap(map, queries, options), relevance, data, options);
    return { map, strength, mrr: mean(metrics['MRR@10']) };
  });
  return all.reduce((best, other) => (other.mrr > best.mrr ? other : best));
}
