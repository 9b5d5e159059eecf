import { differences } from './adapter-report.js';
import type { CheckedFit, FitAdapterOptions } from './fit-adapter-options.js';
import type { FitData } from './fit-data.js';
import type { Heads } from './heads.js';
import { heldOut, mean, meanOverSizes, measureSizes, type ReportedMetric } from './held-out.js';
import { pairedBootstrap } from './paired-bootstrap.js';
import { foldQueries } from './query-split.js';
import { type HeadStart, headStart, type Start } from './start-heads.js';
import { type Trained, trainBest } from './train-best.js';
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
  { begin, start }: { readonly begin: HeadStart; readonly start: Start },
  options: FitAdapterOptions,
): Promise<Verdict> {
  const { parts } = data;
  const own = evidenceOf([asked(data, trained, begin, fit, parts.verdict)], data, fit, { begin, trained }, false);
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
    const from = headStart(part, fit, start);
    all.push(asked(data, await trainBest(part, fit, from, hooks), from, fit, fold));
  }
  return verdictOf(evidenceOf(all, data, fit, { begin, trained }, true));
}

/** Metrics of some queries by the fallback and by what was trained; of Matryoshka sizes the mean. */
interface Asked {
  readonly base: Readonly<Record<AskedMetric, Float64Array>>;
  readonly adapted: Readonly<Record<AskedMetric, Float64Array>>;
}

type AskedMetric = Extract<ReportedMetric, 'MRR@10' | 'recall@10'>;

function asked(
  data: FitData,
  { heads }: Trained,
  { fallback }: HeadStart,
  fit: CheckedFit,
  rows: readonly number[],
): Asked {
  const held = heldOut(data.queries, data.relevance, rows);
  const by = (own: Heads) => {
    const sizes = measureSizes(held, data, own, fit.shape.sizes, fit);
    return { 'MRR@10': meanOverSizes(sizes, 'MRR@10'), 'recall@10': meanOverSizes(sizes, 'recall@10') };
  };
  return { base: by(fallback), adapted: by(heads) };
}

function evidenceOf(
  all: readonly Asked[],
  { documents }: FitData,
  { seed, shape }: CheckedFit,
  { begin, trained }: { readonly begin: HeadStart; readonly trained: Trained },
  crossFitted: boolean,
): VerdictEvidence {
  const joined = (side: keyof Asked, name: AskedMetric) =>
    Float64Array.from(all.flatMap((one) => [...one[side][name]]));
  const change = differences(joined('adapted', 'MRR@10'), joined('base', 'MRR@10'));
  return {
    difference: pairedBootstrap(change, seed),
    queries: change.length,
    changed: change.filter((by) => by !== 0).length,
    documents: documents.rows,
    baseRecall10: mean(joined('base', 'recall@10')),
    adaptedRecall10: mean(joined('adapted', 'recall@10')),
    isFallback: trained.isFallback,
    fallback: begin.fallbackName,
    sizes: shape.sizes.length,
    crossFitted,
  };
}
