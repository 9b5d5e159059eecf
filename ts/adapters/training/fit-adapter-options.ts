import { describeJson } from '../../data/json-row.js';
import { checkFunction, type KnownOptions } from '../../wasm/check-options.js';
import type { CoreOptions } from '../../wasm/core.js';
import { OptionsError } from '../../wasm/errors.js';
import { shown } from '../../wasm/shown.js';
import { checkPrecision } from '../calibration/calibration.js';
import { checkDrift } from '../heads/drift.js';
import type { Adapt, HeadsShape } from '../heads/heads.js';
import type { QrelsLike } from '../inputs/qrels.js';
import type { VectorsLike } from '../inputs/vectors.js';
import { headsShape } from './fit-shape.js';
import { type CheckedNegatives, checkedNegatives, type Negatives } from './negatives.js';
import type { SplitOptions } from './query-split.js';
import type { AdapterEpoch } from './train-heads.js';

/** What {@link fitAdapter} takes. */
export interface FitAdapterOptions extends CoreOptions {
  /** n x dq, of any lengths but 0. */
  readonly queries: VectorsLike;
  /** m x dd, all that is searched; dd is dq but for the vectors of two models. */
  readonly documents: VectorsLike;
  /**
   * Which documents are relevant to which queries. A query counts as much as any other; of several relevant documents,
   * each has the share of its grade in their sum.
   */
  readonly qrels: QrelsLike;
  /** Which side is changed: `query` leaves the index as it is. Default `query`; `both` where `dims` are given. */
  readonly adapt?: Adapt;
  /** Of W: `full`, a rank, or `auto`, full up to 768 dimensions and 64 above. Default `auto`. */
  readonly rank?: 'auto' | 'full' | number;
  /** Hidden units, from 1 up to 65,536 and 2^26 / d: a perceptron, y = normalise(x + W2 softsign(W1 x + b1)), takes the place of W. Default none. */
  readonly hidden?: number;
  /**
   * Numbers in the outputs of both sides, up to those of the vectors: y = normalise(M x), M at first principal
   * components of training vectors. Of several, the largest is M's and the first numbers of its outputs,
   * normalised again, serve as the others (Kusupati et al. 2022), each weighted equally. Default none.
   */
  readonly dims?: number | readonly number[];
  /** What is climbed: InfoNCE, or Wasserstein predictive coding, which needs `maxDrift`. Default `cpc`. */
  readonly objective?: 'cpc' | 'wpc';
  /** What cosines are multiplied by, above 0. Default 30. */
  readonly scale?: number;
  /** What a query's documents are told apart from. Default `all`; a query's own and their copies are never among it. */
  readonly negatives?: Negatives;
  /** With negatives `all`: documents of a step, at most, the batch's own and others drawn. Default all up to 4,000, else 512. */
  readonly candidates?: number;
  /** Adam's peak, above 0, or `auto`: the better of 0.002 and 0.001 by the queries for early stopping. Default `auto`. */
  readonly learningRate?: 'auto' | number;
  /**
   * Queries in a step, at least 1, or `auto`: a sixteenth of the training queries, from 8 to 64; 64 where negatives are the
   * batch's. Default `auto`.
   */
  readonly batch?: 'auto' | number;
  /** Default 20. */
  readonly maxEpochs?: number;
  /** Epochs without a better MRR@10 after which training ends. Default 4. */
  readonly patience?: number;
  readonly split?: SplitOptions;
  /** Degrees, above 0 and below 90, that no vector will be turned by more than. Default no limit. */
  readonly maxDrift?: number;
  /** Decides the split, the order of batches, a low rank's start and the bootstraps. Default 0. */
  readonly seed?: number;
  /** Of the threshold that the report measures, above 0 and below 1. Default 0.9. */
  readonly precision?: number;
  /** Kept in the file: the model that made the vectors. */
  readonly model?: string;
  /** Kept in the file: what the model was given before each query. */
  readonly prefix?: string;
  /** Ends training at the next step; the best so far is judged by the verdict's queries, without Procrustes and ridge. */
  readonly signal?: AbortSignal;
  /** Told of each epoch, those of a cross-fitted verdict's adapters among them. */
  readonly onEpoch?: (epoch: AdapterEpoch) => void;
}

/** Every option of {@link fitAdapter}. */
export const FIT_ADAPTER_OPTIONS: KnownOptions<FitAdapterOptions> = {
  queries: true,
  documents: true,
  qrels: true,
  adapt: true,
  rank: true,
  hidden: true,
  dims: true,
  maxDrift: true,
  objective: true,
  scale: true,
  negatives: true,
  candidates: true,
  learningRate: true,
  batch: true,
  maxEpochs: true,
  patience: true,
  split: true,
  seed: true,
  model: true,
  prefix: true,
  signal: true,
  onEpoch: true,
  precision: true,
  deterministic: true,
};

/** The options with their defaults, but for data. */
export interface CheckedFit {
  readonly shape: HeadsShape;
  readonly objective: 'cpc' | 'wpc';
  readonly scale: number;
  readonly negatives: CheckedNegatives;
  readonly candidates: number;
  readonly learningRates: readonly number[];
  /** null: as many as the training queries allow. */
  readonly batch: number | null;
  readonly maxEpochs: number;
  readonly patience: number;
  readonly maxDrift: number | null;
  readonly precision: number;
  readonly seed: number;
  readonly deterministic: boolean;
}

const ALL_UP_TO = 4000;

/**
 * Defaults filled in.
 *
 * @param sizes numbers in the vectors
 * @param documents that are relevant to a training query
 * @throws {OptionsError} on values out of range, saying which are allowed
 */
export function checkedFit(
  options: FitAdapterOptions,
  sizes: Pick<HeadsShape, 'dims' | 'documentDims'>,
  documents: number,
): CheckedFit {
  const shape = headsShape(options, sizes.dims, sizes.documentDims);
  const { objective = 'cpc', scale = 30, maxEpochs = 20, patience = 4, batch = 'auto' } = options;
  const { learningRate = 'auto', seed = 0, precision = 0.9, maxDrift, deterministic = false } = options;
  const { candidates = documents <= ALL_UP_TO ? documents : 512 } = options;
  if (objective !== 'cpc' && objective !== 'wpc') {
    throw new OptionsError(`objective must be cpc or wpc, got ${shown(objective)}`);
  }
  if (objective === 'wpc' && shape.head === 'map') {
    throw new OptionsError("objective 'wpc' needs a limit on drift, and maps to another size have none: use 'cpc'");
  }
  if (objective === 'wpc' && maxDrift === undefined) {
    throw new OptionsError("objective 'wpc' needs a Lipschitz map: give maxDrift, in degrees");
  }
  for (const [name, value] of Object.entries({ candidates, maxEpochs, patience })) checkWhole(name, value, 1);
  if (batch !== 'auto') checkWhole('batch', batch, 1);
  const negatives = checkedNegatives(options.negatives ?? 'all', documents);
  if (options.candidates !== undefined && negatives.kind !== 'all') {
    throw new OptionsError("candidates are drawn from all training documents: give them with negatives 'all' only");
  }
  checkWhole('seed', seed, 0);
  checkPositive('scale', scale);
  checkPrecision(precision);
  checkFunction(options.onEpoch, 'onEpoch');
  checkSignal(options.signal);
  for (const name of ['model', 'prefix'] as const) checkText(name, options[name]);
  if (learningRate !== 'auto') checkPositive('learningRate', learningRate);
  return {
    shape,
    objective,
    scale,
    negatives,
    candidates,
    maxEpochs,
    patience,
    precision,
    seed,
    deterministic,
    batch: batch === 'auto' ? null : batch,
    learningRates: learningRate === 'auto' ? [2e-3, 1e-3] : [learningRate],
    maxDrift: maxDrift === undefined ? null : checkDrift(maxDrift),
  };
}

function checkWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new OptionsError(`${name} must be a whole number from ${least}, got ${shown(value)}`);
}

function checkPositive(name: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new OptionsError(`${name} must be a finite number above 0, got ${shown(value)}`);
}

/** A file that says another thing than text is none that can be loaded. */
function checkText(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'string') return;
  throw new OptionsError(`${name} must be text, got ${describeJson(value)}`);
}

function checkSignal(value: unknown): void {
  if (value === undefined) return;
  const { aborted, addEventListener } = Object(value) as Partial<AbortSignal>;
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return;
  throw new OptionsError(`signal must be an AbortSignal, got ${describeJson(value)}`);
}
