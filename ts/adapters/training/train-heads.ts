import { breather } from '../../training/breather.js';
import { checkPatience, observe, PATIENT } from '../../training/early-stopping.js';
import type { Matrix } from '../../wasm/matrix.js';
import type { Disposable } from '../../wasm/resource.js';
import { limitDrift } from '../heads/drift.js';
import { distinctHeads, type Heads, headsState, headTensors, restoreHeads } from '../heads/heads.js';
import { mean } from '../retrieval/mean.js';
import { adam } from './adam.js';
import { cosineSchedule } from './cosine-schedule.js';
import { type Corpus, type HeldOut, meanOverSizes, measureSizes } from './held-out.js';
import { batchSource, type TrainingSet } from './training-batches.js';
import { type StepOptions, trainingStep } from './training-step.js';

/** What an epoch came to. */
export interface AdapterEpoch {
  /** From 1. */
  readonly epoch: number;
  readonly maxEpochs: number;
  readonly learningRate: number;
  /** Mean over the epoch's steps, in nats. */
  readonly value: number;
  /** MRR@10 of the queries for early stopping, over all documents; of Matryoshka sizes the mean. */
  readonly mrr: number;
  /** Which of `folds` adapters, from 1, that only the verdict needs; both 0 while the adapter itself is trained. */
  readonly fold: number;
  readonly folds: number;
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

/** A run that can be continued. */
export interface HeadTrainer extends Disposable {
  /** Trains until so many epochs are done, unless patience or the signal ends it before. */
  run(epochs: number): Promise<void>;
  /** Where it stands. */
  readonly progress: HeadProgress;
  /** Puts the heads at the best checkpoint. */
  restoreBest(): void;
}

/** Where a run stands. */
export interface HeadProgress {
  /** 0 where the start is best. */
  readonly bestEpoch: number;
  readonly bestMrr: number;
  readonly epochs: number;
}

/**
 * Trains heads in place; the start is the first of the checkpoints. Each epoch ends with the MRR@10 of `stopping`.
 *
 * @param queries all of them, normalised
 */
export function headTrainer(
  heads: Heads,
  queries: Matrix,
  corpus: Corpus,
  set: TrainingSet,
  stopping: HeldOut,
  options: HeadTrainingOptions,
): HeadTrainer {
  const { learningRate, maxEpochs, patience, maxDrift, signal, onEpoch } = options;
  checkPatience(patience);
  const breathe = breather();
  const isAborted = () => signal?.aborted ?? false;
  const optimiser = adam(headTensors(heads));
  const step = trainingStep(heads, queries, corpus.documents, options);
  const batches = batchSource(set);
  const judge = (): number =>
    mean(meanOverSizes(measureSizes(stopping, corpus, heads, options.sizes, options), 'MRR@10'));
  const steps = Math.floor(set.queries.length / set.batch);
  let best = headsState(heads);
  let state = observe(PATIENT, judge(), 0);
  let epoch = 0;
  const trainEpoch = async (): Promise<number> => {
    let [sum, at] = [0, 0];
    for (const batch of batches(epoch)) {
      sum += step.run(batch);
      optimiser.step(learningRate * cosineSchedule(epoch * steps + at, maxEpochs * steps));
      at += 1;
      await breathe();
      if (isAborted()) break;
    }
    return sum / Math.max(1, at);
  };
  return {
    get progress() {
      return { bestEpoch: state.bestStep, bestMrr: state.best ?? 0, epochs: epoch };
    },
    async run(epochs) {
      while (epoch < epochs && state.since < patience && !isAborted()) {
        const value = await trainEpoch();
        epoch += 1;
        if (maxDrift !== null) for (const head of distinctHeads(heads)) limitDrift(head, maxDrift);
        const mrr = judge();
        state = observe(state, mrr, epoch);
        if (state.bestStep === epoch) best = headsState(heads);
        onEpoch?.({ epoch, maxEpochs, learningRate, value, mrr, fold: 0, folds: 0 });
      }
    },
    restoreBest: () => restoreHeads(heads, best),
    dispose: step.dispose,
    [Symbol.dispose]: step.dispose,
  };
}
