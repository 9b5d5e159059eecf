import { differences } from './adapter-report.js';
import { procrustes } from './closed-forms.js';
import type { QueryMetrics } from './evaluate-retrieval.js';
import type { CheckedFit, FitAdapterOptions } from './fit-adapter-options.js';
import { type FitData, trainingPairs } from './fit-data.js';
import { heldOut, mean, measure, NO_HEADS, type ReportedMetric } from './held-out.js';
import { pairedBootstrap } from './paired-bootstrap.js';
import { foldQueries } from './query-split.js';
import { type Start, type Trained, trainBest } from './train-best.js';
import { isWorthCrossFitting, type Verdict, type VerdictEvidence, verdictOf } from './verdict.js';

/** Parts that take turns in a cross-fitted verdict. */
const FOLDS = 6;

/**
 * Asks the queries that no choice has seen; where they are too few to tell, all queries but the test's, each of an
 * adapter trained and chosen without it.
 */
export async function judgeTrained(
  data: FitData,
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

function asked(data: FitData, { heads }: Trained, fit: CheckedFit, rows: readonly number[]): Asked {
  const held = heldOut(data.queries, data.relevance, rows);
  return { base: measure(held, data, NO_HEADS, fit).metrics, adapted: measure(held, data, heads, fit).metrics };
}

function evidenceOf(
  all: readonly Asked[],
  { documents }: FitData,
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
