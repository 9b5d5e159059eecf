import type { Standardiser } from '../../data/standardise.js';
import { activations, type Activation as NativeActivation } from '../../encoders/encoder.js';
import type { ImageShape } from '../../encoders/image-shape.js';
import {
  type ChainStep,
  type ChainTensor,
  type Convolution,
  type Dense,
  type LayerChain,
  sameNumbers,
  TO_PLANES,
} from '../../encoders/layer-chain.js';
import { ACTIVATION_STEPS } from '../../training/encoder-chain.js';
import { OptionsError } from '../../wasm/errors.js';
import type { ConvolutionSpec, ConvolutionsSpec } from '../../wasm/trainer-spec.js';
import { foldedSteps } from './folded-steps.js';

/** A chain as the core's own encoders have it. */
export interface NativeEncoder {
  /** The input's numbers, then the dense layers' outputs. */
  readonly widths: readonly number[];
  readonly convolutions: ConvolutionsSpec | undefined;
  /** What follows every hidden layer; null where there is none. */
  readonly activation: NativeActivation | null;
  readonly layers: readonly { readonly weight: ChainTensor; readonly bias: ChainTensor | null }[];
  readonly standardiser: Standardiser | null;
}

type Step<Name extends ChainStep['step']> = Extract<ChainStep, { step: Name }>;

/**
 * A chain as a native encoder: standardisation if any, convolutions, dense layers, one activation between them all.
 *
 * @throws {OptionsError} on what the core has no layer for, naming it and what is possible
 */
export function nativeEncoder(chain: LayerChain): NativeEncoder {
  const [first] = chain.steps;
  const isStandardised = first?.step === 'standardise';
  const width = chain.input.reduce((product, size) => product * size, 1);
  const { image, layers: given } = images(foldedSteps(chain.steps.slice(isStandardised ? 1 : 0)), chain.input);
  const { layers, activation } = alternating(given);
  const convolutions = layers.filter((step) => step.step === 'convolution');
  const dense = layers.filter((step) => step.step === 'dense');
  if (convolutions.length > 0 && image === null)
    throw misplaced(convolutions[0], 'convolutions over images come first');
  return {
    widths: [width, ...dense.map(({ weight }) => weight.shape[0] ?? 0)],
    convolutions:
      image === null || convolutions.length === 0
        ? undefined
        : { image, layers: convolutions.map((step) => convolutionSpec(step)) },
    activation,
    layers: layers.map(({ weight, bias }) => ({ weight, bias })),
    standardiser: isStandardised ? { mean: spread(first.mean, width), scale: spread(first.scale, width) } : null,
  };
}

/** Statistics of a row's every number; those of a pixel's channels, or of all numbers, are repeated. */
function spread({ data }: ChainTensor, width: number): Float32Array {
  return Float32Array.from({ length: width }, (_, at) => data[at % data.length] ?? 0);
}

/** What makes images of samples, and the layers after it. */
function images(
  steps: readonly ChainStep[],
  input: readonly number[],
): { readonly image: ImageShape | null; readonly layers: readonly ChainStep[] } {
  const [first, second] = steps;
  const isTurn = (step: ChainStep | undefined) => step?.step === 'permute' && sameNumbers(step.axes, TO_PLANES);
  if (input.length === 3 && isTurn(first)) return { image: pixels(input), layers: steps.slice(1) };
  if (first?.step === 'reshape' && first.shape.length === 3) {
    if (isTurn(second)) return { image: pixels(first.shape), layers: steps.slice(2) };
    const [channels = 1, height = 1, width = 1] = first.shape;
    return { image: { channels, height, width }, layers: steps.slice(1) };
  }
  return { image: null, layers: steps };
}

/** Where there is one channel, pixels are a plane. */
function pixels([height = 1, width = 1, channels = 1]: readonly number[]): ImageShape {
  return { channels, height, width, ...(channels > 1 && { order: 'pixels' as const }) };
}

type Linear = (Convolution | Dense) & Pick<ChainStep, 'from'>;

const ENDLESS = 'a native encoder ends with a dense layer: add one to the model';

/** Checks that convolutions come before dense layers, and that one activation stands between any two and nowhere else. */
function alternating(steps: readonly ChainStep[]): {
  readonly layers: readonly Linear[];
  readonly activation: NativeActivation | null;
} {
  if (steps.filter((step) => step.step === 'dense' || step.step === 'convolution').at(-1)?.step !== 'dense') {
    throw new OptionsError(ENDLESS);
  }
  const layers: Linear[] = [];
  let activation: NativeActivation | null = null;
  let isActivated = true;
  for (const step of steps) {
    if (step.step === 'flatten') continue;
    const last = layers.at(-1);
    if (step.step === 'dense' || step.step === 'convolution') {
      if (last !== undefined && !isActivated)
        throw misplaced(last, `an activation follows every hidden layer (${known()})`);
      if (step.step === 'convolution' && last?.step === 'dense')
        throw misplaced(step, 'convolutions come before dense layers');
      layers.push(step);
      isActivated = false;
      continue;
    }
    const own = nativeActivation(step);
    if (isActivated) throw misplaced(step, 'one activation follows every hidden layer');
    if (activation !== null && activation !== own) {
      throw misplaced(step, `all layers have one activation, ${activation} up to here`);
    }
    activation = own;
    isActivated = true;
  }
  const last = layers.at(-1);
  if (last === undefined) throw new OptionsError(ENDLESS);
  if (isActivated) throw misplaced(steps.at(-1) ?? last, 'the last layer, a dense one, has no activation');
  return { layers, activation };
}

function nativeActivation(step: Exclude<ChainStep, Step<'dense' | 'convolution' | 'flatten'>>): NativeActivation {
  const isKnown = activations.find((name) => {
    const native = ACTIVATION_STEPS[name];
    if (native.step === 'group-sort') return step.step === 'group-sort' && step.size === native.size;
    if (step.step !== 'activation' || step.name !== native.name) return false;
    // Files of Python's Keras hold 0.01 as the nearest float32.
    return Math.fround(step.slope ?? 0) === Math.fround(native.slope ?? 0);
  });
  if (isKnown !== undefined) return isKnown;
  const what = step.step === 'activation' ? `the activation ${step.name}${slopeOf(step)}` : `the step ${step.step}`;
  throw new OptionsError(
    `${step.from} has ${what}, which native encoders do not: they take standardised inputs, convolutions, dense layers and ${known()}`,
  );
}

function slopeOf({ slope }: Step<'activation'>): string {
  return slope === undefined ? '' : ` of slope ${slope}`;
}

function known(): string {
  return 'relu, leaky-relu of slope 0.01, GroupSort of 2 (maxmin) and of 4 (groupsort)';
}

function misplaced({ from }: Pick<ChainStep, 'from'>, rule: string): OptionsError {
  return new OptionsError(`${from} is not where a native encoder has it: ${rule}`);
}

function convolutionSpec({ from, weight, stride, padding, dilation, groups }: Step<'convolution'>): ConvolutionSpec {
  const [channels = 0, , height = 0, width = 0] = weight.shape;
  const [top, left, bottom, right] = padding;
  const refuse = (what: string, expected: string) =>
    new OptionsError(`${from} has ${what}: native convolutions have ${expected}`);
  if (height !== width) throw refuse(`kernels of ${height} x ${width}`, 'square ones');
  if (stride[0] !== stride[1]) throw refuse(`strides of ${stride.join(' and ')}`, 'the same down and across');
  if (dilation.some((by) => by !== 1)) throw refuse(`a dilation of ${dilation.join(' x ')}`, 'none');
  if (groups !== 1) throw refuse(`${groups} groups of channels`, 'one');
  if (padding.some((zeros) => zeros !== top)) {
    throw refuse(
      `${top} zeros at the top, ${left} at the left, ${bottom} at the bottom and ${right} at the right, where TensorFlow's "same" puts them`,
      'as many on every side. Use padding "valid" after zeroPadding2d, or export to ONNX or safetensors, which keep it',
    );
  }
  if (top >= height) throw refuse(`${top} zeros on every side`, `fewer than the kernel's side, ${height}`);
  return { channels, kernel: height, stride: stride[0], padding: top };
}
