import {
  type Batch,
  type FitOptions,
  fit,
  gradientPenalty,
  type HistoryEntry,
  type PairSource,
} from '../../../ts/entries/node.js';
import type { Trial } from '../../engine.js';
import { type Answer, alikeBatch, answerSteps, type StepProblem } from '../../problem.js';
import { withTensors } from './safetensors.js';

/** `fit`, in this thread or with workers. */
export type Train = (options: FitOptions) => Promise<{ readonly model: Disposable & { dispose(): void } }>;

/** A step as users get it: the copy of the batch into the module, the step in it, the entry and the callback. */
export async function stepTrial(problem: StepProblem, train: Train = fit): Promise<Trial> {
  const run = await openRun(problem, train);
  return {
    answer: () => (problem.penalty ? penaltyAnswer(problem, run, train) : plainAnswer(run)),
    run: async () => {
      await run.step();
    },
    dispose: run.end,
  };
}

async function plainAnswer({ step }: Run): Promise<Answer> {
  const losses = new Float32Array(answerSteps);
  for (let k = 0; k < answerSteps; k += 1) losses[k] = (await step()).loss;
  return { losses };
}

async function penaltyAnswer(problem: StepProblem, { step }: Run, train: Train): Promise<Answer> {
  const { value } = await step();
  const alike = await openRun(alikeBatch(problem), train);
  const { penalty, gradientNorm } = await alike.step();
  await alike.end();
  return {
    loss: Float32Array.of(-value),
    penalty: Float32Array.of(penalty),
    gradientNorm: Float32Array.of(gradientNorm),
  };
}

/** One `fit`, which waits for its next batch between steps. */
interface Run {
  step(): Promise<HistoryEntry>;
  end(): Promise<void>;
}

async function openRun(problem: StepProblem, train: Train): Promise<Run> {
  const turns = turnstile();
  let stepped: (entry: HistoryEntry) => void = () => {};
  const options = fitOptions(problem, gated(problem, turns.granted));
  const onStep = (entry: HistoryEntry) => stepped(entry);
  const finished = train({ ...options, onStep, resume: await initialCheckpoint(problem, options) });
  const ended = finished.then(() => Promise.reject(new Error('the run ended early')));
  ended.catch(() => {});
  return {
    step: () => {
      const entry = new Promise<HistoryEntry>((resolve) => {
        stepped = resolve;
      });
      turns.grant(true);
      return Promise.race([entry, ended]);
    },
    end: async () => {
      turns.grant(false);
      (await finished).model.dispose();
    },
  };
}

function fitOptions({ widths, n, learningRate, penalty }: StepProblem, pairs: PairSource): FitOptions {
  return {
    pairs,
    objective: 'cpc',
    critic: 'separable',
    lipschitz: penalty ? gradientPenalty(penalty) : 'none',
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
