import { applyHead, type Heads } from '../heads/heads.js';
import type { CheckedFit, FitAdapterOptions } from './fit-adapter-options.js';
import type { FitData } from './fit-data.js';
import { hardNegatives } from './hard-negatives.js';
import { heldOut } from './held-out.js';
import type { HeadStart } from './start-heads.js';
import { type HeadProgress, headTrainer } from './train-heads.js';
import {
  allCandidates,
  batchCandidates,
  batchSource,
  type CandidateSource,
  minedCandidates,
  relevantDocuments,
  type TrainingSet,
} from './training-batches.js';

/** Heads at the best checkpoint. */
export interface Trained extends HeadProgress {
  readonly heads: Heads;
  readonly learningRate: number;
  /** Documents that a query was told apart from in a step, in the mean of the first epoch. */
  readonly candidates: number;
  /** Whether it ended where it began, and what is returned otherwise is just that. */
  readonly isFallback: boolean;
}

/** In an epoch, where batches can be small enough for them. */
const STEPS = 16;
/** After which the better learning rate is seen. */
const TRIAL_EPOCHS = 3;

/** Tries each learning rate for some epochs and goes on with the best, by the queries for early stopping. */
export async function trainBest(
  data: FitData,
  fit: CheckedFit,
  start: HeadStart,
  { signal, onEpoch }: Pick<FitAdapterOptions, 'signal' | 'onEpoch'>,
): Promise<Trained> {
  const { queries, relevance, parts, documentTwins } = data;
  const { seed, learningRates, maxEpochs } = fit;
  const batch = Math.min(fit.batch ?? openBatch(parts.train.length, fit), parts.train.length);
  const candidates = candidatesOf(data, fit, start);
  const set = { relevance, queries: parts.train, documentTwins, batch, candidates, seed };
  const stopping = heldOut(queries, relevance, parts.stopping);
  const hooks = { ...(signal && { signal }), ...(onEpoch && { onEpoch }) };
  const runs = learningRates.map((learningRate) => {
    const heads = start.heads();
    const trainer = headTrainer(heads, queries, data, set, stopping, {
      ...fit,
      sizes: fit.shape.sizes,
      learningRate,
      ...hooks,
    });
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
      candidates: meanCandidates(set),
      isFallback: start.isFallback && best.trainer.progress.bestEpoch === 0,
    };
  } finally {
    for (const { trainer } of runs) trainer.dispose();
  }
}

/** Few queries make smaller batches, so that an epoch has steps enough; but not where the batch is what negatives are from. */
function openBatch(queries: number, { negatives }: CheckedFit): number {
  const [least, most] = negatives.kind === 'all' ? [8, 64] : [64, 64];
  return Math.max(least, Math.min(most, Math.round(queries / STEPS)));
}

function meanCandidates(set: TrainingSet): number {
  let [sum, batches] = [0, 0];
  for (const { candidates } of batchSource(set)(0)) {
    sum += candidates.length;
    batches += 1;
  }
  return sum / Math.max(1, batches);
}

function candidatesOf(data: FitData, fit: CheckedFit, { fallback }: HeadStart): CandidateSource {
  const { relevance, parts } = data;
  switch (fit.negatives.kind) {
    case 'all':
      return allCandidates(relevance, parts.train, fit.candidates);
    case 'batch':
      return batchCandidates(relevance);
    case 'mined': {
      const among = relevantDocuments(relevance, parts.train);
      // By what there would be without training: of one size, the embeddings as they are.
      const queries = applyHead(fallback.query, data.queries, fit);
      const documents = applyHead(fallback.document, data.documents, fit);
      const from = { ...data, queries, documents };
      return minedCandidates(relevance, hardNegatives(from, parts.train, among, fit.negatives, fit));
    }
  }
}
