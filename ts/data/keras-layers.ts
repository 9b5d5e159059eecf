import { type ShapedStep, shapedSteps } from '../encoders/chain-shapes.js';
import type { ChainStep, ChainTensor, Convolution, Dense, LayerChain } from '../encoders/layer-chain.js';
import { OptionsError } from '../wasm/errors.js';
import { convolutionKernel, denseKernel } from './keras-kernels.js';

/** A layer as TensorFlow.js has it: its class, what its constructor takes, and its weights in their order. */
export interface KerasLayer {
  readonly className: KerasClass;
  readonly config: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly weights: readonly { readonly name: string; readonly tensor: ChainTensor }[];
}

/** The classes that native encoders need; GroupSort and Standardise are this library's. */
export type KerasClass =
  | 'Conv2D'
  | 'Dense'
  | 'Flatten'
  | 'GroupSort'
  | 'LeakyReLU'
  | 'Permute'
  | 'ReLU'
  | 'Reshape'
  | 'Standardise'
  | 'ZeroPadding2D';

/** A layer that has no name yet. */
interface Unnamed {
  readonly className: KerasClass;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly weights?: KerasLayer['weights'];
}

/**
 * A native encoder's steps as layers of a Sequential, from rows to rows; images are channels last inside.
 *
 * @param prefix what the layers' names begin with: two encoders of one model need different names
 * @throws {OptionsError} on steps that no native encoder has
 */
export function kerasLayers(chain: LayerChain, prefix: string): readonly KerasLayer[] {
  const shaped = shapedSteps(chain);
  const layers = shaped.flatMap((_, at) => layersOf(shaped, at));
  return layers.map(({ className, config = {}, weights = [] }, at) => {
    const name = `${prefix}_${at}_${className.toLowerCase()}`;
    return { className, config: { name, ...config }, weights };
  });
}

function layersOf(shaped: readonly ShapedStep[], at: number): readonly Unnamed[] {
  const { step } = shaped[at];
  switch (step.step) {
    case 'standardise':
      return [{ className: 'Standardise', weights: named({ mean: step.mean, scale: step.scale }) }];
    case 'reshape':
      return images(step.shape, shaped[at + 1]?.step);
    // To planes, which TensorFlow's images are not.
    case 'permute':
      return [];
    case 'flatten':
      return [{ className: 'Flatten' }];
    case 'convolution':
      return convolution(step);
    case 'dense': {
      const before = shaped[at - 1];
      return [dense(step, before?.step.step === 'flatten' ? before.input : null)];
    }
    case 'group-sort':
      return [{ className: 'GroupSort', config: { size: step.size } }];
    case 'activation':
      if (step.name === 'relu') return [{ className: 'ReLU' }];
      if (step.name === 'leaky-relu') return [{ className: 'LeakyReLU', config: { alpha: step.slope } }];
      throw new OptionsError(`${step.from} has the activation ${step.name}, which no native encoder has`);
    case 'pad':
    case 'pool':
    case 'pool-sequence':
    case 'embedding':
    case 'normalise':
      throw new OptionsError(`${step.from} has the step ${step.step}, which no native encoder has`);
    default:
      return step satisfies never;
  }
}

/** Rows as images, channels last. One channel's planes are its pixels. */
function images(shape: readonly number[], next: ChainStep | undefined): readonly Unnamed[] {
  const [channels = 1, height = 1, width = 1] = shape;
  const reshape = (targetShape: readonly number[]): Unnamed => ({ className: 'Reshape', config: { targetShape } });
  if (next?.step === 'permute') return [reshape(shape)];
  if (channels === 1) return [reshape([height, width, 1])];
  return [reshape(shape), { className: 'Permute', config: { dims: [2, 3, 1] } }];
}

/** Zeros on every side are a layer of their own: "same" would put them elsewhere where strides are above 1. */
function convolution({ weight, bias, stride, padding }: Convolution): readonly Unnamed[] {
  const [filters = 1, , height = 1, width = 1] = weight.shape;
  const [top, left, bottom, right] = padding;
  const around = [
    [top, bottom],
    [left, right],
  ];
  const config = { filters, kernelSize: [height, width], strides: stride, padding: 'valid', useBias: bias !== null };
  const layer: Unnamed = { className: 'Conv2D', config, weights: named({ kernel: convolutionKernel(weight), bias }) };
  if (padding.every((zeros) => zeros === 0)) return [layer];
  return [{ className: 'ZeroPadding2D', config: { padding: around } }, layer];
}

function dense({ weight, bias }: Dense, planes: readonly number[] | null): Unnamed {
  const config = { units: weight.shape[0], useBias: bias !== null };
  return { className: 'Dense', config, weights: named({ kernel: denseKernel(weight, planes), bias }) };
}

function named(tensors: Readonly<Record<string, ChainTensor | null>>): KerasLayer['weights'] {
  return Object.entries(tensors).flatMap(([name, tensor]) => (tensor === null ? [] : [{ name, tensor }]));
}
