import type { PairSpec } from '../data/pair-spec.js';
import type { FitResult } from '../training/fit.js';
import type { FitOptions } from '../training/fit-options.js';
import type { HistoryEntry } from '../training/history.js';
import type { Matrix } from '../wasm/matrix.js';
import type { Side } from '../wasm/trainer.js';
import type { WorkersOption } from './fit.js';

/** What a trainer in a worker is asked to do: plain data, so that it can cross. */
export interface TrainerJob {
  /** The data; its parts are opened inside the worker. */
  readonly data: PairSpec;
  /**
   * Options of the run that are plain data. `heldOut` is the data's validation part where `evaluateEvery` or
   * `earlyStopping` is given. With `workers`, the trainer's own worker starts as many more, which take its steps.
   */
  readonly options: Omit<
    FitOptions,
    'pairs' | 'heldOut' | 'onStep' | 'onWarning' | 'signal' | 'checkpoint' | 'snapshot'
  > &
    WorkersOption;
  /** Lets the worker use `enableTurbo` first, an experiment of Node 24 that holds for the process. Default false. */
  readonly turbo?: boolean;
  /** Steps from one checkpoint to the next, handed to `onCheckpoint`, as is the end of the run; only the end if absent. */
  readonly checkpointEvery?: number;
  /** A linear probe of the labels on frozen embeddings of x, every so many steps and at the end. */
  readonly probe?: ProbeJob;
}

/** A linear probe beside training, on drawings of the data's three parts. */
export interface ProbeJob {
  /** Steps from one probe to the next; only at the end if absent. */
  readonly every?: number;
  /** Labelled items to draw of each part. */
  readonly training: number;
  readonly validation: number;
  readonly test: number;
  /** What the items are drawn from, where that is other than the job's data: the same without a fixed training set. */
  readonly data?: PairSpec;
}

/** The outcome of a job. */
export interface TrainerResult {
  /** A model's file, for `loadModel`. */
  readonly model: Uint8Array;
  readonly history: readonly HistoryEntry[];
  readonly steps: number;
  readonly stopped: FitResult['stopped'];
  /** What the data and the run had to say. */
  readonly notes: readonly string[];
  /** Test accuracies, mean over the factors, by step. */
  readonly probes: readonly ProbePoint[];
}

/** A probe's outcome. */
export interface ProbePoint {
  readonly step: number;
  /** Test accuracy, mean over the factors. */
  readonly accuracy: number;
  /** Accuracy on the validation items, at the strength that they chose: what settings may be chosen by. */
  readonly validation: number;
  /** Test accuracy of each factor. */
  readonly perFactor: readonly number[];
}

/** What comes out of a worker while it trains, in order. */
export type TrainerEvent =
  | { readonly kind: 'step'; readonly entry: HistoryEntry }
  | { readonly kind: 'checkpoint'; readonly bytes: Uint8Array }
  | { readonly kind: 'probe'; readonly point: ProbePoint };

/** Follows the last event. */
export interface TrainerEnd {
  readonly kind: 'end';
}

/** What the worker offers over comlink. */
export interface TrainerService {
  /** Trains; events go to `events` (a port that was handed over), the result comes back. */
  train(job: TrainerJob, events: MessagePort): Promise<TrainerResult>;
  /** Ends training after the step under way; the result then says `aborted`. */
  cancel(): void;
  /** Embeddings by the model as it stands; between jobs by that of the last one's result. */
  embed(side: Side, rows: Matrix): Promise<Matrix>;
  /** A checkpoint of the job under way. */
  checkpoint(): Promise<Uint8Array>;
}
