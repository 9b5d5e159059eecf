import { CheckpointError } from './errors.js';
import { bits, type SpecValue, specText } from './memory.js';

/** What fixes a run, in the library's vocabulary; fields without a question mark are needed, defaults are the caller's affair. */
export interface TrainerSpec {
  readonly objective: string;
  /** The numbers that fix the objective; none for most. */
  readonly objectiveOptions?: Readonly<Record<string, number>>;
  readonly critic: string;
  /** The joint critic's hidden layers; the others have none. */
  readonly criticHidden?: readonly number[];
  /** What scores are divided by, above 0; where it is learnt, where it starts. */
  readonly temperature: number;
  readonly learnTemperature: boolean;
  /** Widths of the encoder of x: its input, then the dense layers. */
  readonly xWidths: readonly number[];
  /** Widths of the encoder of y; null where x's serves both. */
  readonly yWidths: readonly number[] | null;
  /** Convolutions before the dense layers of x's encoder; none where it is missing. */
  readonly xConvolutions?: ConvolutionsSpec;
  /** The same for y's own encoder. */
  readonly yConvolutions?: ConvolutionsSpec;
  readonly activation: string;
  readonly bias: boolean;
  /** `glorot`, `he` or `orthogonal`. */
  readonly initialisation: string;
  readonly lipschitz: LipschitzSpec;
  readonly optimiser: OptimiserSpec;
  readonly learningRate: number;
  readonly schedule: ScheduleSpec;
  /** The largest global norm of a gradient; null leaves gradients as they are. */
  readonly clipNorm: number | null;
  /** Pairs in a batch, at least 2. */
  readonly batch: number;
  /** The length of the run, which schedules that decay depend on. */
  readonly steps: number;
  /** An integer from 0 to 2^53 - 1: fixes initial weights and the penalty's points. */
  readonly seed: number;
  /** Where the encoders are TensorFlow.js's: of the core's own, only the widths of input and embedding then count. */
  readonly tfjs?: TfjsEncoders;
}

/** The encoders of x and of y; null where x's serves both. */
export interface TfjsEncoders {
  readonly x: TfjsEncoder;
  readonly y: TfjsEncoder | null;
}

/** An encoder of TensorFlow.js. */
export interface TfjsEncoder {
  /** A LayersModel's topology, as its `toJSON` gives it; null for a function of tensors. */
  readonly topology: Readonly<Record<string, unknown>> | null;
  /** What a row is reshaped to. */
  readonly inputShape: readonly number[];
  /** Whether rows hold an image's channels one after another, where `inputShape` has them last. */
  readonly planes: boolean;
}

/** Convolutions over images, each over the output of the one before. */
export interface ConvolutionsSpec {
  readonly image: ImageShape;
  readonly layers: readonly ConvolutionSpec[];
}

/** The shape of the images that rows of numbers hold. */
export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** `planes`, if not given: all of a channel, row by row, then the next. `pixels`: a pixel's channels side by side. */
  readonly order?: 'planes' | 'pixels';
}

/** One convolution with square kernels, as PyTorch's `Conv2d`. */
export interface ConvolutionSpec {
  readonly channels: number;
  /** The kernel's side. */
  readonly kernel: number;
  readonly stride: number;
  /** Zeros on every side, below the kernel's side. */
  readonly padding: number;
}

/** What keeps the critic Lipschitz. */
export type LipschitzSpec =
  | { readonly name: 'none' }
  | {
      readonly name: 'gradient-penalty';
      readonly coefficient: number;
      /** The norm that gradients are pulled to. */
      readonly target: number;
      /** `one`: only norms above the target cost anything. */
      readonly sided: 'one' | 'two';
      /** Points a step at which the penalty is taken. */
      readonly points: number;
      /** What the critic is differentiated by. */
      readonly over: 'inputs' | 'embeddings';
    }
  | {
      readonly name: 'orthonormal';
      /** Steps from one orthonormalisation to the next. */
      readonly every: number;
    }
  | {
      readonly name: 'spectral';
      /** The largest spectral norm of a layer. */
      readonly norm: number;
    }
  | {
      readonly name: 'spectral-ball' | 'l1' | 'l-infinity' | 'frobenius' | 'box';
      /** The largest norm of a layer. */
      readonly radius: number;
      /** Steps from one projection to the next. */
      readonly every: number;
    }
  | {
      readonly name: 'lagrangian';
      /** Pairs of rows a step and side. */
      readonly pairs: number;
      readonly slack: number;
      /** Where the multiplier starts. */
      readonly multiplier: number;
    };

/** The optimiser; weight decay touches weights, not biases or the temperature. */
export interface OptimiserSpec {
  readonly name: 'adam' | 'adamw' | 'sgd';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** How the learning rate goes on after `warmup` steps that lead up to it. */
export interface ScheduleSpec {
  readonly name: 'constant' | 'cosine' | 'linear';
  readonly warmup: number;
}

/**
 * The description as `crates/wasm/src/trainer_spec.rs` reads it; where nothing is `drawn`, parameters are taken up later.
 *
 * @throws {CheckpointError} on encoders that are not the core's
 */
export function trainerText(spec: TrainerSpec, drawn = true): Uint8Array {
  const { tfjs, lipschitz, optimiser, schedule, yWidths, clipNorm, temperature, learningRate, ...others } = spec;
  if (tfjs !== undefined) throw new CheckpointError(TFJS_ENCODERS);
  const { xConvolutions, yConvolutions, objectiveOptions, ...plain } = others;
  const { name: rule, ...constants } = optimiser;
  const real = {
    temperature,
    learningRate,
    ...objectiveOptions,
    ...constants,
    ...(clipNorm === null ? {} : { clipNorm }),
  };
  const names = { optimiser: rule, schedule: schedule.name, warmup: schedule.warmup };
  const widths: Record<string, SpecValue> = {
    ...(yWidths !== null && { yWidths }),
    ...(xConvolutions && { xConvolutions: convolutionNumbers(xConvolutions) }),
    ...(yConvolutions && { yConvolutions: convolutionNumbers(yConvolutions) }),
  };
  return specText({ ...plain, ...widths, ...names, ...constraint(lipschitz), ...bits(real), drawn });
}

const TFJS_ENCODERS =
  "this model's encoders are TensorFlow.js's: load it with loadModel from 'kantorovich/tfjs', go on with its fit";

/** Planes, channels a pixel, height and width of the images, then four numbers a layer. */
function convolutionNumbers({ image, layers }: ConvolutionsSpec): readonly number[] {
  const { channels, height, width, order = 'planes' } = image;
  const input = order === 'planes' ? [channels, 1, height, width] : [1, channels, height, width];
  return [...input, ...layers.flatMap(({ channels, kernel, stride, padding }) => [channels, kernel, stride, padding])];
}

/** What is written out as it is: whole numbers and names. */
const PLAIN: readonly string[] = ['every', 'points', 'pairs', 'sided', 'over'];

function constraint({ name, ...fields }: LipschitzSpec): Record<string, SpecValue> {
  const spec: Record<string, SpecValue> = { lipschitz: name };
  for (const [key, value] of Object.entries(fields)) {
    Object.assign(spec, PLAIN.includes(key) ? { [key]: value } : bits({ [key]: value }));
  }
  return spec;
}
