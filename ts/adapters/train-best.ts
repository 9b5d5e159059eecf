import type { CheckedFit, FitAdapterOptions } from './fit-adapter-options.js';
import type { FitData } from './fit-data.js';
import type { Heads } from './heads.js';
import { heldOut } from './held-out.js';
import type { HeadStart } from './start-heads.js';
import { type HeadProgress, headTrainer } from './train-heads.js';

/** Heads at the best checkpoint. */
export interface Trained extends HeadProgress {
  readonly heads: Heads;
  readonly learningRate: number;
  /** Whether it ended where it began, and what is returned otherwise is just that. */
  readonly isFallback: boolean;
}

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
  const { candidates: most, seed, learningRates, maxEpochs } = fit;
  const batch = Math.min(fit.batch, parts.train.length);
  const set = { relevance, queries: parts.train, documentTwins, batch, most, seed };
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
      isFallback: start.isFallback && best.trainer.progress.bestEpoch === 0,
    };
  } finally {
    for (const { trainer } of runs) trainer.dispose();
  }
}
