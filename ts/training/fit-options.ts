import type { Critic, CriticName } from '../critics/critic.js';
import { resolveCritic } from '../critics/resolve-critic.js';
import { checkSource, type PairSource } from '../data/pair-source.js';
import {
  type Activation,
  checkActivation,
  type EncoderLayers,
  type Initialisation,
  parseEncoder,
} from '../encoders/encoder.js';
import { imageShapeOf, parseImageShape } from '../encoders/image-shape.js';
import { type Lipschitz, type LipschitzName, resolveLipschitz } from '../lipschitz/lipschitz.js';
import { needsLipschitz, type Objective, type ObjectiveName, resolveObjective } from '../objectives/objective.js';
import { checkOptions, type KnownOptions } from '../wasm/check-options.js';
import type { CoreOptions } from '../wasm/core.js';
import { OptionsError, ShapeError } from '../wasm/errors.js';
import type { ConvolutionsSpec, ImageShape, OptimiserSpec, ScheduleSpec, TrainerSpec } from '../wasm/trainer-spec.js';
import type { HistoryEntry } from './history.js';

/** An optimiser with the defaults of its paper filled in: Adam 0.9, 0.999, 1e-8; momentum 0.9; weight decay 0.01 (AdamW). */
export type OptimiserOptions = Pick<OptimiserSpec, 'name'> & Partial<OptimiserSpec>;

/** Checkpoints during a run. */
export interface CheckpointOptions {
  /** Steps from one to the next, from 1. The end of a run, however it ends, is saved too. */
  readonly every: number;
  /** Takes the file's bytes, a safetensors file; the run waits for it. */
  save(bytes: Uint8Array): void | Promise<void>;
}

/** Looks at the model while it trains, with the constraint applied; training is not changed by it. */
export interface SnapshotOptions {
  /** Steps from one to the next, from 1. */
  readonly every: number;
  /** Takes the step and the model's file. */
  take(step: number, model: Uint8Array): void;
}

/** When to stop before the last step. */
export interface EarlyStoppingOptions {
  /** Evaluations on held-out pairs without a better value after which the run stops, from 1. NaN is never better. */
  readonly patience: number;
}

/** What a run can be told, whatever its encoders. */
export interface RunOptions extends CoreOptions {
  /** Where training pairs come from; read after `onStep` of the step before, with workers one batch ahead of that. */
  readonly pairs: PairSource;
  /** Where held-out pairs come from; needed by `evaluateEvery` and `earlyStopping`. */
  readonly heldOut?: PairSource;
  /** What is maximised, or its name for its defaults. Default `wpc`. */
  readonly objective?: Objective | ObjectiveName;
  /** The critic, or its name. Default separable. */
  readonly critic?: Critic | CriticName;
  /**
   * What keeps the critic Lipschitz, or its name. Default `orthonormal` with the encoder `lipschitz`, else the gradient
   * penalty for wpc and wdm, else none.
   */
  readonly lipschitz?: Lipschitz | LipschitzName;
  /** Pairs in a batch, from 2. Default 64. */
  readonly batch?: number;
  /** Default 2,000. */
  readonly steps?: number;
  /** Default Adam. */
  readonly optimiser?: OptimiserSpec['name'] | OptimiserOptions;
  /** Default 5e-4. */
  readonly learningRate?: number;
  /** Default constant, without warm-up. */
  readonly schedule?: ScheduleSpec['name'] | ScheduleSpec;
  /** The largest global norm of a gradient. Default none. */
  readonly clipNorm?: number;
  /** Fixes weights, order and draws. Default 1. */
  readonly seed?: number;
  /** Standardises inputs by the first 1,024 training pairs; the statistics are saved with the model. Default false. */
  readonly standardise?: boolean;
  /** Steps from one evaluation on held-out pairs to the next. Default a tenth of the run where `heldOut` is given. */
  readonly evaluateEvery?: number;
  /** Held-out pairs that evaluations use, rounded down to whole batches. Default 1,024 (or all there are). */
  readonly heldOutPairs?: number;
  /** Told of every step; what it throws ends the run. */
  onStep?(entry: HistoryEntry): void;
  /** Told what the user should know, such as that a value is no Wasserstein quantity. */
  onWarning?(text: string): void;
  /** Ends the run after the step under way, or at once while it waits for a batch; what was learnt is kept. */
  readonly signal?: AbortSignal;
  readonly earlyStopping?: EarlyStoppingOptions;
  readonly checkpoint?: CheckpointOptions;
  readonly snapshot?: SnapshotOptions;
  /** The bytes of a checkpoint: the run goes on from it, bit for bit. Other options must be those of that run. */
  readonly resume?: Uint8Array;
}

/** Everything {@link fit} can be told. */
export interface FitOptions extends RunOptions {
  /**
   * The layers after the input, for both sides or each: `mlp` (256-256-64, the default), `convnet`, `lipschitz`, widths
   * such as `512-256-64`, or convolutions and then widths, such as `c32k4s2-c64k4s2p1-256-64` (channels, kernel 3,
   * stride 1, padding 0 unless told).
   */
  readonly encoder?: string | { readonly x: string; readonly y: string };
  /**
   * The images that convolutions run over, for both sides or each: `1x42x42`, channels x height x width, or an
   * {@link ImageShape}. Default what `pairs` says, else one square channel.
   */
  readonly imageShape?: string | ImageShape | { readonly x: string | ImageShape; readonly y: string | ImageShape };
  /** Default `maxmin` with orthonormal layers, else `relu`. */
  readonly activation?: Activation;
  /** Whether layers have biases. Default true. */
  readonly bias?: boolean;
  /** Default `orthogonal` with orthonormal layers, else `he`. */
  readonly initialisation?: Initialisation;
  /** One encoder for both sides. Default false. */
  readonly shared?: boolean;
}

/** Every one of {@link RunOptions}. */
export const RUN_OPTIONS: KnownOptions<RunOptions> = {
  pairs: true,
  heldOut: true,
  objective: true,
  critic: true,
  lipschitz: true,
  batch: true,
  steps: true,
  optimiser: true,
  learningRate: true,
  schedule: true,
  clipNorm: true,
  seed: true,
  standardise: true,
  evaluateEvery: true,
  heldOutPairs: true,
  onStep: true,
  onWarning: true,
  signal: true,
  earlyStopping: true,
  checkpoint: true,
  snapshot: true,
  resume: true,
  deterministic: true,
};

/** Every one of {@link FitOptions}. */
export const FIT_OPTIONS: KnownOptions<FitOptions> = {
  ...RUN_OPTIONS,
  encoder: true,
  imageShape: true,
  activation: true,
  bias: true,
  initialisation: true,
  shared: true,
};

const OPTIMISER: Omit<OptimiserSpec, 'name'> = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  momentum: 0.9,
  weightDecay: 0,
};

/** What a description of a run says of its encoders. */
export type EncoderSpec = Pick<
  TrainerSpec,
  'xWidths' | 'yWidths' | 'xConvolutions' | 'yConvolutions' | 'activation' | 'bias' | 'initialisation' | 'tfjs'
>;

/**
 * The core's description of a run.
 *
 * @throws {OptionsError} on unknown names and values out of range
 * @throws {ShapeError} on encoders that do not fit
 */
export function trainerSpec(options: FitOptions): TrainerSpec {
  checkOptions(options, FIT_OPTIONS, 'fit');
  const { encoder = 'mlp' } = options;
  const texts = isOfSides(encoder) ? encoder : { x: encoder, y: encoder };
  const fallback = (objective: ObjectiveName) => defaultLipschitz(objective, texts.x, texts.y);
  return runSpec(options, fallback, (lipschitz) => encoderSpec(options, texts, lipschitz));
}

/** Whether sides are told apart; what is no text, {@link parseEncoder} refuses. */
function isOfSides(
  encoder: string | Readonly<Record<'x' | 'y', string>>,
): encoder is Readonly<Record<'x' | 'y', string>> {
  return typeof encoder === 'object' && encoder !== null && 'x' in encoder;
}

/**
 * The description of a run with these encoders, and the constraint that an objective gets unless told.
 *
 * @throws {OptionsError} on unknown names and values out of range
 */
export function runSpec(
  options: RunOptions,
  fallback: (objective: ObjectiveName) => LipschitzName,
  encoders: (lipschitz: Lipschitz) => EncoderSpec,
): TrainerSpec {
  const { pairs, batch = 64, steps = 2000, learningRate = 5e-4, seed = 1 } = options;
  checkSource(pairs, 'pairs');
  const { name: objective, options: objectiveOptions } = resolveObjective(options.objective ?? 'wpc');
  const { name: critic, temperature, learnTemperature, network } = resolveCritic(options.critic ?? 'separable');
  const lipschitz = resolveLipschitz(options.lipschitz ?? fallback(objective), batch);
  const own = encoders(lipschitz);
  for (const [name, value, least] of [['batch', batch, 2] as const, ['steps', steps, 1] as const]) {
    if (!Number.isSafeInteger(value) || value < least) {
      throw new OptionsError(`${name} must be a whole number from ${least}, got ${value}`);
    }
  }
  return {
    objective,
    ...(Object.keys(objectiveOptions).length > 0 && { objectiveOptions }),
    critic,
    ...(network !== null && { criticHidden: network.hidden }),
    temperature,
    learnTemperature,
    ...own,
    lipschitz,
    optimiser: optimiserSpec(options.optimiser ?? 'adam'),
    learningRate,
    schedule: scheduleSpec(options.schedule ?? 'constant'),
    clipNorm: options.clipNorm ?? null,
    batch,
    steps,
    seed,
  };
}

function encoderSpec(
  options: FitOptions,
  texts: Readonly<Record<'x' | 'y', string>>,
  lipschitz: Lipschitz,
): EncoderSpec {
  const { pairs, shared = false, bias = true } = options;
  const norms = lipschitz.name === 'orthonormal';
  if (shared && (texts.x !== texts.y || pairs.xDim !== pairs.yDim)) {
    throw new ShapeError(
      `one encoder for both sides needs one input size, got ${pairs.xDim} (${texts.x}) and ${pairs.yDim} (${texts.y})`,
    );
  }
  const layers = { x: parseEncoder(texts.x), y: parseEncoder(texts.y) };
  const xConvolutions = convolutionsOf(layers.x, 'x', options);
  const yConvolutions = shared ? undefined : convolutionsOf(layers.y, 'y', options);
  return {
    xWidths: [pairs.xDim, ...layers.x.widths],
    yWidths: shared ? null : [pairs.yDim, ...layers.y.widths],
    ...(xConvolutions && { xConvolutions }),
    ...(yConvolutions && { yConvolutions }),
    activation: checkActivation(options.activation ?? (norms ? 'maxmin' : 'relu')),
    bias,
    initialisation: options.initialisation ?? (norms ? 'orthogonal' : 'he'),
  };
}

/** The convolutions of a side's encoder over the images that there are. */
function convolutionsOf(
  { convolutions }: EncoderLayers,
  side: 'x' | 'y',
  { pairs, imageShape }: FitOptions,
): ConvolutionsSpec | undefined {
  if (convolutions.length === 0) return undefined;
  const told =
    typeof imageShape === 'object' && imageShape !== null && 'x' in imageShape ? imageShape[side] : imageShape;
  const given = typeof told === 'string' ? parseImageShape(told) : told;
  const [size, known] = side === 'x' ? [pairs.xDim, pairs.xShape] : [pairs.yDim, pairs.yShape];
  return { image: imageShapeOf(size, given ?? known), layers: convolutions };
}

/**
 * The constraint that a run gets unless told: orthonormal layers with the encoder `lipschitz`; else the gradient penalty
 * where the objective needs a constraint to mean what it says.
 */
export function defaultLipschitz(objective: ObjectiveName, ...encoders: readonly string[]): LipschitzName {
  if (encoders.includes('lipschitz')) return 'orthonormal';
  return needsLipschitz(objective) ? 'gradient-penalty' : 'none';
}

/** Why the value of `spec`'s objective is no Wasserstein quantity; null where it is one, or claims nothing. */
export function wassersteinWarning({ objective, lipschitz }: TrainerSpec): string | null {
  if (!needsLipschitz(objective) || lipschitz.name !== 'none') return null;
  return `${objective} without a Lipschitz constraint: its value is no Wasserstein quantity`;
}

function optimiserSpec(optimiser: OptimiserSpec['name'] | OptimiserOptions): OptimiserSpec {
  const given = typeof optimiser === 'string' ? { name: optimiser } : optimiser;
  const known = { name: true, beta1: true, beta2: true, epsilon: true, momentum: true, weightDecay: true } as const;
  checkOptions<OptimiserOptions>(given, known, 'optimiser');
  return { ...OPTIMISER, weightDecay: given.name === 'adamw' ? 0.01 : 0, ...given };
}

function scheduleSpec(schedule: ScheduleSpec['name'] | ScheduleSpec): ScheduleSpec {
  return typeof schedule === 'string' ? { name: schedule, warmup: 0 } : schedule;
}
