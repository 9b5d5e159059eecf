import type { CoreOptions } from '../wasm/core.js';
import type { Matrix } from '../wasm/matrix.js';
import { type Adapter, adapterOf } from './adapter.js';
import { type AdapterReport, formatReport, metricRows, rankChanges } from './adapter-report.js';
import { judgeTrained } from './ask-verdict.js';
import { applyMap, type PairRows, procrustes, ridge } from './closed-forms.js';
import { type CheckedFit, checkedFit, type FitAdapterOptions } from './fit-adapter-options.js';
import { type FitData, readFitData, trainingPairs } from './fit-data.js';
import { type Heads, identityHeads } from './heads.js';
import { heldOut, mean, measure, measureMapped, NO_HEADS, REPORTED } from './held-out.js';
import { type Start, trainBest } from './train-best.js';
import { relevantDocuments } from './training-batches.js';

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
  const data = readFitData(options);
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

/** All ways to map the test queries. */
function compare(data: FitData, heads: Heads, rotation: Matrix, fit: CheckedFit) {
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
function bestRidge(data: FitData, pairs: PairRows, options: CoreOptions) {
  const { queries, relevance } = heldOut(data.queries, data.relevance, data.parts.stopping);
  const strengths = queries.cols > TRIED_UP_TO ? RIDGE_STRENGTHS.slice(1, 2) : RIDGE_STRENGTHS;
  const all = strengths.map((strength) => {
    const map = ridge(pairs, strength, options);
    const { metrics } = measureMapped(applyMap(map, queries, options), relevance, data, options);
    return { map, strength, mrr: mean(metrics['MRR@10']) };
  });
  return all.reduce((best, other) => (other.mrr > best.mrr ? other : best));
}
