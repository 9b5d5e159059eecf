import { checkOptions } from '../wasm/check-options.js';
import { type Adapter, adapterOf } from './adapter.js';
import { type AdapterReport, formatReport, type SizeReport } from './judgement/adapter-report.js';
import { judgeTrained } from './judgement/ask-verdict.js';
import { calibrate } from './judgement/calibrate.js';
import { compareMaps } from './judgement/compare-maps.js';
import { chosenStart, fixedStart } from './training/choose-start.js';
import { procrustes } from './training/closed-forms.js';
import {
  type CheckedFit,
  checkedFit,
  FIT_ADAPTER_OPTIONS,
  type FitAdapterOptions,
} from './training/fit-adapter-options.js';
import { type FitData, readFitData } from './training/fit-data.js';
import { REPORTED } from './training/held-out.js';
import { unitsOf } from './training/query-split.js';
import { type HeadStart, headStart, isReduction, mappedPairs, type Start } from './training/start-heads.js';
import { trainBest } from './training/train-best.js';
import { duplicatesOf, relevantDocuments } from './training/training-batches.js';
import { withoutTestDocuments } from './training/without-test-documents.js';

/** An adapter and what held-out queries say of it. */
export interface FitAdapterResult {
  /** What was trained where it passed, else the report's fallback: the identity where sizes stay. */
  readonly adapter: Adapter;
  /** Whether queries that neither training nor any choice has seen say that it is better than that (p < 0.001). */
  readonly improved: boolean;
  /** Why, in words. */
  readonly reason: string;
  readonly report: AdapterReport;
}

/**
 * Learns a small change of embeddings that makes retrieval better, by InfoNCE (van den Oord et al. 2018, eq. 4) over the
 * documents that are relevant to training queries: y = normalise(x + W x), W = 0 at the start. W may be of a low `rank`, a
 * perceptron of `hidden` units, or give way to y = normalise(M x), which makes vectors smaller (`dims`) or takes those of
 * one model to those of another of a different size. Where queries and documents are of two spaces of one size, a W that
 * may be full begins as Procrustes' map of the training pairs less the identity: where that map more than doubles the
 * MRR@10 of the queries for early stopping (p < 0.01), unless one W is `shared` or its drift limited.
 *
 * Queries with a relevant document are divided into training, early stopping, verdict and test. The start is one of the
 * checkpoints. What comes back is no change (with `dims`, principal components; between two sizes, Procrustes' map)
 * unless a paired bootstrap of MRR@10 over the verdict's queries says that the best checkpoint is better; where these are
 * below 60 or too few to tell, over all queries but the test's, each asked of an adapter trained and chosen without it (p < 0.0005 in
 * each of the two, so below 0.001 together). Queries that the split keeps together count as one. The report's numbers are
 * of test queries, which nothing else has seen, over all documents.
 *
 * @throws {ShapeError} on vectors of two sizes that the options do not bring together
 * @throws {DataError} on vectors or relevance that cannot be used, naming row or line, and on too few queries to divide
 * @throws {OptionsError} on options that there are not, values out of range, and those that do not go together
 * @throws {StateError} outside Node, before `load({ evaluation: true })`
 */
export async function fitAdapter(options: FitAdapterOptions): Promise<FitAdapterResult> {
  checkOptions(options, FIT_ADAPTER_OPTIONS, 'fitAdapter');
  return fitFrom('open', options);
}

/** {@link fitAdapter} from a start, without a look at unknown options: of `procrustes`, a full W = M - 1 of queries. */
export async function fitFrom(first: Start | 'open', options: FitAdapterOptions): Promise<FitAdapterResult> {
  const began = performance.now();
  const data = readFitData(options);
  const by = options.split?.by ?? 'query';
  const seen = by === 'document' ? withoutTestDocuments(data) : data;
  const { queries, documents, relevance, parts } = data;
  const from = relevantDocuments(relevance, parts.train);
  const asked = checkedFit(options, { dims: queries.cols, documentDims: documents.cols }, from.length);
  // First, because it needs what judges representations: where that is not loaded, nothing has been waited for.
  const choose = (part: FitData) => (first === 'open' ? chosenStart(part, asked, options) : fixedStart(first, asked));
  const chosen = choose(seen);
  const { fit } = chosen;
  const begin = withRotation(headStart(seen, chosen), seen, fit);
  const trained = await trainBest(seen, fit, begin, options);
  const verdict = await judgeTrained(seen, trained, fit, { begin, choose }, options);
  const units = unitsOf(relevance, data, parts.test, by);
  const { sizes, ridgeStrength } = compareMaps(data, trained.heads, begin, fit, {
    units,
    isBrief: options.signal?.aborted ?? false,
  });
  const [largest] = sizes as readonly [SizeReport];
  const { byId, byVector } = duplicatesOf(data, parts.train);
  const [heads, shape] = verdict.improved ? [trained.heads, fit.shape] : [begin.fallback, begin.fallbackShape];
  const calibrated = calibrate({ seen, data }, heads, fit);
  const trainTwins = new Set(from.map((document) => data.documentTwins[document]));
  const numbers = {
    ...{ sizes, metrics: largest.metrics, ranks: largest.ranks, fallback: begin.fallbackName },
    queries: {
      train: parts.train.length,
      stopping: parts.stopping.length,
      verdict: parts.verdict.length,
      test: parts.test.length,
    },
    pairs: relevance.reduce((sum, own) => sum + own.length, 0),
    documents: documents.rows,
    ...{ dims: queries.cols, documentDims: documents.cols },
    negatives: {
      ...{ ...fit.negatives, perStep: Math.round(trained.candidates), from: from.length },
      duplicates: { byId, byVector },
    },
    sharedDocuments: parts.test.filter((query) =>
      relevance[query].some(({ document }) => trainTwins.has(data.documentTwins[document])),
    ).length,
    training: {
      learningRate: trained.learningRate,
      epochs: trained.epochs,
      bestEpoch: trained.bestEpoch,
      ridgeStrength,
    },
    verdict,
    calibration: calibrated.report,
    seconds: (performance.now() - began) / 1000,
  };
  const report: AdapterReport = { ...numbers, toString: () => formatReport(numbers) };
  const { model = null, prefix = null } = options;
  const adapter = adapterOf(heads, {
    ...{ ...shape, model, prefix, normalisation: 'l2', maxDrift: fit.maxDrift },
    metrics: heldOutMetrics(report),
    calibration: calibrated.calibration,
  });
  return { adapter, improved: verdict.improved, reason: verdict.reason, report };
}

/** With Procrustes' map where a report has it. */
function withRotation(begin: HeadStart, data: FitData, fit: CheckedFit): HeadStart {
  if (begin.rotation !== null || isReduction(fit.shape)) return begin;
  return { ...begin, rotation: procrustes(mappedPairs(data, fit.shape).pairs, fit) };
}

/** What a file says of what is returned: its metrics, by name, of smaller sizes such as `recall@1 at 64`. */
function heldOutMetrics({ sizes, fallback, verdict }: AdapterReport): Readonly<Record<string, number>> {
  const entries = sizes.flatMap(({ dims, metrics }, at) =>
    REPORTED.flatMap((name) => {
      const { base, adapted, [fallback]: own } = metrics[name];
      const returned = verdict.improved ? adapted : own;
      const all: readonly (readonly [string, number | null])[] = [
        ...(at === 0 ? [[`base ${name}`, base] as const] : []),
        [at === 0 ? name : `${name} at ${dims}`, returned],
      ];
      return all;
    }),
  );
  return Object.fromEntries(entries.filter((entry): entry is [string, number] => entry[1] !== null));
}
