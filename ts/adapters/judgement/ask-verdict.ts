import type { Heads } from '../heads/heads.js';
import { mean } from '../retrieval/mean.js';
import { pairedBootstrap } from '../statistics/paired-bootstrap.js';
import { signFlips } from '../statistics/sign-flips.js';
import type { ChosenStart } from '../training/choose-start.js';
import type { CheckedFit, FitAdapterOptions } from '../training/fit-adapter-options.js';
import type { FitData } from '../training/fit-data.js';
import { heldOut, meanOverSizes, measureSizes, type ReportedMetric } from '../training/held-out.js';
import { foldQueries, unitsOf } from '../training/query-split.js';
import { type HeadStart, headStart } from '../training/start-heads.js';
import { type Trained, trainBest } from '../training/train-best.js';
import { duplicatesOf } from '../training/training-batches.js';
import { differences } from './adapter-report.js';
import { isWorthCrossFitting, type Verdict, type VerdictEvidence, verdictOf } from './verdict.js';

/** Parts that take turns in a cross-fitted verdict. */
const FOLDS = 6;

/**
 * Asks the queries that no choice has seen; where they are too few to tell, all queries but the test's, each of an
 * adapter trained and chosen without it.
 *
 * @param choose chooses the start of a fold by its own queries for early stopping
 */
export async function judgeTrained(
  data: FitData,
  trained: Trained,
  fit: CheckedFit,
  { begin, choose }: { readonly begin: HeadStart; readonly choose: (data: FitData) => ChosenStart },
  options: Pick<FitAdapterOptions, 'signal' | 'onEpoch' | 'split'>,
): Promise<Verdict> {
  const { relevance, parts } = data;
  const { signal, onEpoch } = options;
  const by = options.split?.by ?? 'query';
  const isAborted = () => signal?.aborted ?? false;
  const known = (all: readonly Asked[], crossFitted: boolean): VerdictEvidence => {
    const units = unitsOf(
      relevance,
      data,
      all.flatMap(({ rows }) => rows),
      by,
    );
    return { ...evidenceOf(all, units, data, fit, { begin, trained }), crossFitted, endedEarly: isAborted() };
  };
  const own = known([asked(data, trained, begin, fit, parts.verdict)], false);
  const rows = [...parts.train, ...parts.stopping, ...parts.verdict];
  if (isAborted() || !isWorthCrossFitting(own, new Set(unitsOf(relevance, data, rows, by)).size)) {
    return verdictOf(own);
  }
  const folds = foldQueries(relevance, data, { rows, folds: FOLDS, by }, fit.seed);
  if (folds.some((fold) => fold.length === 0)) return verdictOf(own);
  const all: Asked[] = [];
  for (const [at, fold] of folds.entries()) {
    const stopping = folds[(at + 1) % FOLDS];
    const train = folds.filter((other) => other !== fold && other !== stopping).flat();
    const part = { ...data, parts: { ...parts, train, stopping, verdict: fold } };
    const chosen = choose(part);
    const from = headStart(part, chosen);
    const other = await trainBest(part, chosen.fit, from, {
      ...(signal && { signal }),
      ...(onEpoch && { onEpoch: (epoch) => onEpoch({ ...epoch, fold: at + 1, folds: FOLDS }) }),
    });
    // A fold that was not trained to its end says nothing of one that was.
    if (isAborted()) return verdictOf({ ...own, endedEarly: true });
    all.push(asked(data, other, from, fit, fold));
  }
  return verdictOf(known(all, true));
}

/** Metrics of some queries by the fallback and by what was trained; of Matryoshka sizes the mean. */
interface Asked {
  readonly rows: readonly number[];
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
  return { rows, base: by(fallback), adapted: by(heads) };
}

function evidenceOf(
  all: readonly Asked[],
  units: readonly number[],
  data: FitData,
  { seed, shape }: CheckedFit,
  { begin, trained }: { readonly begin: HeadStart; readonly trained: Trained },
): Omit<VerdictEvidence, 'crossFitted' | 'endedEarly'> {
  const joined = (side: 'base' | 'adapted', name: AskedMetric) =>
    Float64Array.from(all.flatMap((one) => [...one[side][name]]));
  const base = joined('base', 'MRR@10');
  const change = differences(joined('adapted', 'MRR@10'), base);
  const bootstrap = pairedBootstrap(change, seed, units);
  const { from, pairs, byId, byVector } = duplicatesOf(data, data.parts.train);
  return {
    difference: { ...bootstrap, p: Math.max(bootstrap.p, signFlips(change, seed, units)) },
    queries: change.length,
    units: new Set(units).size,
    changed: new Set(units.filter((_, i) => change[i] !== 0)).size,
    documents: data.documents.rows,
    baseMrr: mean(base),
    baseRecall10: mean(joined('base', 'recall@10')),
    adaptedRecall10: mean(joined('adapted', 'recall@10')),
    isFallback: trained.isFallback,
    fallback: begin.fallbackName,
    sizes: shape.sizes.length,
    maskedShare: (byId + byVector) / Math.max(1, pairs, from),
  };
}
