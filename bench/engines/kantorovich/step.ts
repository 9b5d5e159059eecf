import {
  type Batch,
  type FitOptions,
  fit,
  gradientPenalty,
  type HistoryEntry,
  type PairSource,
} from '../../../ts/entries/node.js';
import type { Trial } from '../../engine.js';
import { type Answer, alikeBatch, answerSteps, type NetworkProblem, type StepProblem } from '../../problem.js';
import { withTensors } from './safetensors.js';

/** `fit`, in this thread or with workers. */
export type Train = (options: FitOptions) => Promise<{ readonly model: Disposable & { dispose(): void } }>;

/** A step as users get it: the copy of the batch into the module, the step in it, the entry and the callback. */
export async function stepTrial(problem: StepProblem, train: Train = fit): Promise<Trial> {
  const run = await openRun(denseTraining(problem), train);
  return {
    answer: () => (problem.penalty ? penaltyAnswer(problem, run, train) : plainAnswer(run)),
    run: async () => {
      await run.step();
    },
    dispose: run.end,
  };
}

/** The same of encoders that may have convolutions. */
export async function networkTrial(problem: NetworkProblem): Promise<Trial> {
  const run = await openRun(networkTraining(problem), fit);
  return {
    answer: async () => {
      const { losses } = await plainAnswer(run);
      return { loss: losses.slice(0, 1), later: losses.slice(1) };
    },
    run: async () => {
      await run.step();
    },
    dispose: run.end,
  };
}

async function plainAnswer({ step }: Run): Promise<{ readonly losses: Float32Array }> {
  const losses = new Float32Array(answerSteps);
  for (let k = 0; k < answerSteps; k += 1) losses[k] = (await step()).loss;
  return { losses };
}

async function penaltyAnswer(problem: StepProblem, { step }: Run, train: Train): Promise<Answer> {
  const { value } = await step();
  const alike = await openRun(denseTraining(alikeBatch(problem)), train);
  const { penalty, gradientNorm } = await alike.step();
  await alike.end();
  return {
    loss: Float32Array.of(-value),
    penalty: Float32Array.of(penalty),
    gradientNorm: Float32Array.of(gradientNorm),
  };
}

/** What is trained, and where it begins. */
interface Training extends Pick<StepProblem, 'n' | 'learningRate' | 'penalty' | 'x' | 'y' | 'xWeights' | 'yWeights'> {
  readonly inputs: number;
  readonly encoder: string;
  /** None for dense encoders. */
  readonly imageShape?: string;
}

function denseTraining({ widths, ...problem }: StepProblem): Training {
  return { ...problem, inputs: widths[0], encoder: widths.slice(1).join('-') };
}

function networkTraining({ side, convolutions, units, ...problem }: NetworkProblem): Training {
  const layers = convolutions.map(({ channels, kernel, stride }) => `c${channels}k${kernel}s${stride}`);
  const encoder = [...layers, ...units].join('-');
  const image = layers.length > 0 ? { imageShape: `1x${side}x${side}` } : {};
  return { ...problem, ...image, penalty: null, inputs: side * side, encoder };
}

/** One `fit`, which waits for its next batch between steps. */
interface Run {
  step(): Promise<HistoryEntry>;
  end(): Promise<void>;
}

async function openRun(problem: Training, train: Train): Promise<Run> {
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

function fitOptions({ encoder, imageShape, n, learningRate, penalty }: Training, pairs: PairSource): FitOptions {
  return {
    pairs,
    objective: 'cpc',
    critic: 'separable',
    lipschitz: penalty ? gradientPenalty(penalty) : 'none',
    encoder,
    ...(imageShape !== undefined && { imageShape }),
    activation: 'relu',
    batch: n,
    steps: 1_000_000,
    optimiser: 'adam',
    learningRate,
  };
}

/** The same batch again and again, each time when it is granted; the stream ends when it is refused. */
function gated({ inputs, n, x, y }: Training, granted: () => Promise<boolean>): PairSource {
  return {
    xDim: inputs,
    yDim: inputs,
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
async function initialCheckpoint({ xWeights, yWeights }: Training, options: FitOptions): Promise<Uint8Array> {
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
