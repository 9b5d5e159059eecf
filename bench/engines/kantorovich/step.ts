import { type Batch, type FitOptions, fit, type HistoryEntry, type PairSource } from '../../../ts/entries/node.js';
import type { Trial } from '../../engine.js';
import { answerSteps, type StepProblem } from '../../problem.js';
import { withTensors } from './safetensors.js';

/**
 * The steps of one `fit`, which waits for its next batch between runs. A run is thus a step as users get it: the copy
 * of the batch into the module, the step inside it, the history's entry and the callback.
 */
export async function stepTrial(problem: StepProblem): Promise<Trial> {
  const turns = turnstile();
  let stepped: (entry: HistoryEntry) => void = () => {};
  const options = fitOptions(problem, gated(problem, turns.granted));
  const onStep = (entry: HistoryEntry) => stepped(entry);
  const finished = fit({ ...options, onStep, resume: await initialCheckpoint(problem, options) });
  const ended = finished.then(() => Promise.reject(new Error('the run ended early')));
  ended.catch(() => {});
  const step = (): Promise<HistoryEntry> => {
    const entry = new Promise<HistoryEntry>((resolve) => {
      stepped = resolve;
    });
    turns.grant(true);
    return Promise.race([entry, ended]);
  };
  return {
    answer: async () => {
      const losses = new Float32Array(answerSteps);
      for (let k = 0; k < answerSteps; k += 1) losses[k] = (await step()).loss;
      return { losses };
    },
    run: async () => {
      await step();
    },
    dispose: async () => {
      turns.grant(false);
      (await finished).model.dispose();
    },
  };
}

function fitOptions({ widths, n, learningRate }: StepProblem, pairs: PairSource): FitOptions {
  return {
    pairs,
    objective: 'cpc',
    critic: 'separable',
    lipschitz: 'none',
    encoder: widths.slice(1).join('-'),
    activation: 'relu',
    batch: n,
    steps: 1_000_000,
    optimiser: 'adam',
    learningRate,
  };
}

/** The same batch again and again, each time when it is granted; the stream ends when it is refused. */
function gated({ widths, n, x, y }: StepProblem, granted: () => Promise<boolean>): PairSource {
  return {
    xDim: widths[0],
    yDim: widths[0],
    pairs: n,
    labelSizes: [],
    mutualInformation: null,
    async *batches(): AsyncGenerator<Batch> {
      for (let batches = 1; await granted(); batches += 1) {
        yield { size: n, x, y, cursor: { batches, epoch: 0, position: 0, dropped: 0, random: [] } };
      }
    },
  };
}

/** A run's state before its first step, as an aborted run leaves it, with the problem's weights put in. */
async function initialCheckpoint({ xWeights, yWeights }: StepProblem, options: FitOptions): Promise<Uint8Array> {
  let bytes = new Uint8Array();
  const save = (saved: Uint8Array) => {
    bytes = saved.slice();
  };
  const { model } = await fit({ ...options, signal: AbortSignal.abort(), checkpoint: { every: 1, save } });
  model.dispose();
  return withTensors(bytes, new Map([...weightTensors('x', xWeights), ...weightTensors('y', yWeights)]));
}

function weightTensors(side: string, weights: readonly Float32Array[]): [string, Float32Array][] {
  return weights.map((matrix, layer) => [`encoder.${side}.${layer}.weight`, matrix]);
}

/** One side waits until the other grants (or refuses) it a turn. */
function turnstile() {
  let decide: (go: boolean) => void = () => {};
  let next = new Promise<boolean>((resolve) => {
    decide = resolve;
  });
  return {
    granted: async (): Promise<boolean> => {
      const go = await next;
      next = new Promise((resolve) => {
        decide = resolve;
      });
      return go;
    },
    grant: (go: boolean) => decide(go),
  };
}
