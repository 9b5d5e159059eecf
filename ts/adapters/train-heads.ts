import { breather } from '../training/breather.js';
import { checkPatience, observe, PATIENT } from '../training/early-stopping.js';
import type { Matrix } from '../wasm/matrix.js';
import { adam } from './adam.js';
import { cosineSchedule } from './cosine-schedule.js';
import { limitDrift } from './drift.js';
import { type Heads, headsState, residualsOf, restoreHeads } from './heads.js';
import { type Corpus, type HeldOut, mean, measure } from './held-out.js';
import { type TrainingSet, trainingBatches } from './training-batches.js';
import { type StepOptions, trainingStep } from './training-step.js';

/** What an epoch came to. */
export interface AdapterEpoch {
  /** From 1. */
  readonly epoch: number;
  readonly maxEpochs: number;
  readonly learningRate: number;
  /** Mean over the epoch's steps, in nats. */
  readonly value: number;
  /** MRR@10 of the queries for early stopping, over all documents. */
  readonly mrr: number;
}

/** How heads are trained. */
export interface HeadTrainingOptions extends StepOptions {
  readonly learningRate: number;
  readonly maxEpochs: number;
  readonly patience: number;
  /** In degrees; null without a limit. */
  readonly maxDrift: number | null;
  readonly signal?: AbortSignal;
  readonly onEpoch?: (epoch: AdapterEpoch) => void;
}

/** Where training ended. */
export interface HeadTraining {
  /** 0 where the identity was best. */
  readonly bestEpoch: number;
  readonly bestMrr: number;
  readonly epochs: number;
}

/**
 * Trains heads in place and leaves them at the best of their checkpoints, of which the identity is the first.
 *
 * @param queries all of them, normalised
 * @param stopping queries that are measured after each epoch
 */
export async function trainHeads(
  heads: Heads,
  queries: Matrix,
  corpus: Corpus,
  set: TrainingSet,
  stopping: HeldOut,
  options: HeadTrainingOptions,
): Promise<HeadTraining> {
  const { learningRate, maxEpochs, patience, maxDrift, signal, onEpoch } = options;
  checkPatience(patience);
  const breathe = breather();
  const isAborted = () => signal?.aborted ?? false;
  const optimiser = adam(residualsOf(heads).flatMap(({ tensors }) => tensors));
  const step = trainingStep(heads, queries, corpus.documents, options);
  const judge = (): number => mean(measure(stopping, corpus, heads, options).metrics['MRR@10']);
  let best = headsState(heads);
  let state = observe(PATIENT, judge(), 0);
  const steps = Math.floor(set.queries.length / set.batch);
  let epoch = 0;
  try {
    while (epoch < maxEpochs && state.since < patience && !isAborted()) {
      let [sum, at] = [0, 0];
      for (const batch of trainingBatches(set, epoch)) {
        sum += step.run(batch);
        optimiser.step(learningRate * cosineSchedule(epoch * steps + at, maxEpochs * steps));
        at += 1;
        await breathe();
        if (isAborted()) break;
      }
      epoch += 1;
      if (maxDrift !== null) for (const residual of residualsOf(heads)) limitDrift(residual, maxDrift);
      const mrr = judge();
      state = observe(state, mrr, epoch);
      if (state.bestStep === epoch) best = headsState(heads);
      onEpoch?.({ epoch, maxEpochs, learningRate, value: sum / Math.max(1, at), mrr });
    }
  } finally {
    step.dispose();
  }
  restoreHeads(heads, best);
  return { bestEpoch: state.bestStep, bestMrr: state.best ?? 0, epochs: epoch };
}
