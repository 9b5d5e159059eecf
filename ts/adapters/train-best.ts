import type { Matrix } from '../wasm/matrix.js';
import type { CheckedFit, FitAdapterOptions } from './fit-adapter-options.js';
import type { FitData } from './fit-data.js';
import { type Heads, identityHeads } from './heads.js';
import { heldOut } from './held-out.js';
import { type HeadProgress, headTrainer } from './train-heads.js';

/** What training begins with. */
export type Start = 'identity' | 'procrustes';

/** Heads at the best checkpoint. */
export interface Trained extends HeadProgress {
  readonly heads: Heads;
  readonly learningRate: number;
  /** Whether it ended where it began, at no change. */
  readonly isIdentity: boolean;
}

/** After which the better learning rate is seen. */
const TRIAL_EPOCHS = 3;

/** Tries each learning rate for some epochs and goes on with the best, by the queries for early stopping. */
export async function trainBest(
  data: FitData,
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

/** W = M - 1, so that x + W x = M x. */
function startFrom({ query }: Heads, { data, cols }: Matrix): void {
  const w = query?.tensors[0].data;
  w?.set(data);
  for (let i = 0; i < cols; i++) w?.fill(data[i * cols + i] - 1, i * cols + i, i * cols + i + 1);
}
