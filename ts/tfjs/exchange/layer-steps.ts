import { convolutionWeight, denseWeight, depthwiseWeight } from '../../data/keras-kernels.js';
import type { ActivationName, ChainTensor, Padding } from '../../encoders/layer-chain.js';
import { UNPADDED } from '../../encoders/layer-chain.js';
import { OptionsError } from '../../wasm/errors.js';
import { shown } from '../../wasm/shown.js';
import type { LayerReading, LayerStep } from './layer-reading.js';

/**
 * The layers that can be exchanged, by class: what each does as steps, whose weights lie as PyTorch has them, and whose
 * axes are TensorFlow's.
 */
export const LAYER_STEPS: Readonly<Record<string, (layer: LayerReading) => readonly LayerStep[]>> = {
  Dense: dense,
  Conv2D: convolution,
  DepthwiseConv2D: depthwise,
  SeparableConv2D: separable,
  BatchNormalization: normalisation,
  Activation: (layer) => activation(layer),
  ReLU: (layer) => rectifier(layer),
  LeakyReLU: ({ config }) => [{ step: 'activation', name: 'leaky-relu', slope: Number(config('alpha')) }],
  ELU: () => [{ step: 'activation', name: 'elu' }],
  Softmax: (layer) => softmax(layer),
  GroupSort: sorting,
  Standardise: ({ weights: [mean, scale] }) => [{ step: 'standardise', mean, scale }],
  Rescaling: rescaling,
  Embedding: embedding,
  Flatten: flatten,
  Reshape: ({ output }) => [{ step: 'reshape', shape: output }],
  Permute: ({ config }) => [{ step: 'permute', axes: [0, ...(config('dims') as readonly number[])] }],
  ZeroPadding2D: zeroPadding,
  MaxPooling2D: (layer) => pooling(layer, 'max'),
  AveragePooling2D: (layer) => pooling(layer, 'average'),
  GlobalMaxPooling2D: (layer) => globalPooling(layer, 'max'),
  GlobalAveragePooling2D: (layer) => globalPooling(layer, 'average'),
  GlobalMaxPooling1D: () => [{ step: 'pool-sequence', of: 'max' }],
  GlobalAveragePooling1D: () => [{ step: 'pool-sequence', of: 'average' }],
  // What only training does.
  Dropout: () => [],
  SpatialDropout1D: () => [],
  GaussianNoise: () => [],
  GaussianDropout: () => [],
  AlphaDropout: () => [],
  InputLayer: () => [],
};

const ACTIVATIONS: Readonly<Record<string, ActivationName>> = {
  relu: 'relu',
  relu6: 'relu6',
  elu: 'elu',
  selu: 'selu',
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  softplus: 'softplus',
  softsign: 'softsign',
  swish: 'swish',
  softmax: 'softmax',
};

function dense(layer: LayerReading): readonly LayerStep[] {
  const { weights, input, from } = layer;
  if (input.length !== 1) {
    throw new OptionsError(
      `${from} is given samples of [${input.join(', ')}]: expected rows, from a Flatten before it`,
    );
  }
  const [kernel, bias = null] = weights;
  return [{ step: 'dense', weight: denseWeight(kernel, null), bias }, ...activation(layer)];
}

function convolution(layer: LayerReading): readonly LayerStep[] {
  const [kernel, bias = null] = layer.weights;
  return [convolved(layer, convolutionWeight(kernel), bias, 1), ...activation(layer)];
}

function depthwise(layer: LayerReading): readonly LayerStep[] {
  const [kernel, bias = null] = layer.weights;
  return [convolved(layer, depthwiseWeight(kernel), bias, kernel.shape[2]), ...activation(layer)];
}

function separable(layer: LayerReading): readonly LayerStep[] {
  const [each, across, bias = null] = layer.weights;
  return [
    convolved(layer, depthwiseWeight(each), null, each.shape[2]),
    {
      step: 'convolution',
      weight: convolutionWeight(across),
      bias,
      stride: [1, 1],
      padding: UNPADDED,
      dilation: [1, 1],
      groups: 1,
    },
    ...activation(layer),
  ];
}

function convolved(layer: LayerReading, weight: ChainTensor, bias: ChainTensor | null, groups: number): LayerStep {
  const [, , ...kernel] = weight.shape;
  const [stride, dilation] = [layer.pair('strides'), layer.pair('dilationRate')];
  const reach = kernel.map((size, axis) => (size - 1) * (dilation[axis] ?? 1) + 1);
  return { step: 'convolution', weight, bias, stride, padding: paddingOf(layer, reach, stride), dilation, groups };
}

/** TensorFlow's `same` puts an odd zero at the bottom and the right, and depends on the images' size. */
function paddingOf(layer: LayerReading, reach: readonly number[], stride: readonly number[]): Padding {
  requireChannelsLast(layer);
  if (layer.config('padding') !== 'same') return UNPADDED;
  const [vertical = 0, horizontal = 0] = reach.map((size, axis) => {
    const length = layer.input[axis] ?? 0;
    const step = stride[axis] ?? 1;
    return Math.max(0, (Math.ceil(length / step) - 1) * step + size - length);
  });
  const [top, left] = [Math.floor(vertical / 2), Math.floor(horizontal / 2)];
  return [top, left, vertical - top, horizontal - left];
}

function requireChannelsLast({ config, from }: LayerReading): void {
  const format = config('dataFormat') ?? 'channelsLast';
  if (format !== 'channelsLast')
    throw new OptionsError(`${from} has dataFormat ${shown(format)}: expected channelsLast`);
}

/** What works along features is known where these are a row's numbers, or a pixel's channels. */
function requireFeatures({ input, from }: LayerReading): void {
  if (input.length === 1 || input.length === 3) return;
  throw new OptionsError(`${from} is given samples of [${input.join(', ')}]: expected rows, or images`);
}

function sorting(layer: LayerReading): readonly LayerStep[] {
  requireFeatures(layer);
  return [{ step: 'group-sort', size: Number(layer.config('size')) }];
}

function embedding({ weights: [weight], config, from }: LayerReading): readonly LayerStep[] {
  if (config('maskZero') === true) throw new OptionsError(`${from} masks zeros: expected maskZero false`);
  return [{ step: 'embedding', weight }];
}

function normalisation(layer: LayerReading): readonly LayerStep[] {
  const { weights, config, from, input } = layer;
  requireFeatures(layer);
  const axis = config('axis');
  if (axis !== -1 && axis !== input.length) {
    throw new OptionsError(`${from} has axis ${shown(axis)}: expected -1, the features or channels`);
  }
  const rest = [...weights];
  const features = weights.at(-1)?.shape ?? [];
  const filled = (value: number): ChainTensor => ({
    shape: features,
    data: new Float32Array(features[0] ?? 0).fill(value),
  });
  const weight = config('scale') === false ? filled(1) : rest.shift();
  const bias = config('center') === false ? filled(0) : rest.shift();
  const [mean, variance] = rest;
  if (weight === undefined || bias === undefined) throw new OptionsError(`${from} lacks weights`);
  return [{ step: 'normalise', weight, bias, mean, variance, epsilon: Number(config('epsilon')) }];
}

function activation(layer: LayerReading): readonly LayerStep[] {
  const { config, from } = layer;
  const name = config('activation') ?? 'linear';
  if (name === 'linear') return [];
  const known = typeof name === 'string' && Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (known === 'softmax') requireFeatures(layer);
  if (known !== undefined) return [{ step: 'activation', name: known }];
  const possible = ['linear', ...Object.keys(ACTIVATIONS)].join(', ');
  throw new OptionsError(`${from} has the activation ${shown(name)}: expected one of ${possible}`);
}

function rectifier({ config, from }: LayerReading): readonly LayerStep[] {
  const most = config('maxValue') ?? null;
  if (most === null) return [{ step: 'activation', name: 'relu' }];
  if (most === 6) return [{ step: 'activation', name: 'relu6' }];
  throw new OptionsError(`${from} has maxValue ${shown(most)}: expected 6, or none`);
}

function softmax(layer: LayerReading): readonly LayerStep[] {
  const { config, from, input } = layer;
  requireFeatures(layer);
  const axis = config('axis');
  if (axis === -1 || axis === input.length) return [{ step: 'activation', name: 'softmax' }];
  throw new OptionsError(`${from} has axis ${shown(axis)}: expected -1, the features or channels`);
}

/** v * scale + offset. */
function rescaling({ config, from }: LayerReading): readonly LayerStep[] {
  const [scale, offset] = [Number(config('scale')), Number(config('offset') ?? 0)];
  if (!Number.isFinite(offset / scale)) throw new OptionsError(`${from} scales by ${scale}: expected a number but 0`);
  const one = (value: number): ChainTensor => ({ shape: [1], data: Float32Array.of(value) });
  return [{ step: 'standardise', mean: one(-offset / scale), scale: one(scale) }];
}

function flatten(layer: LayerReading): readonly LayerStep[] {
  requireChannelsLast(layer);
  return [{ step: 'flatten' }];
}

function zeroPadding(layer: LayerReading): readonly LayerStep[] {
  requireChannelsLast(layer);
  const [[top, bottom], [left, right]] = layer.config('padding') as readonly (readonly number[])[];
  return [{ step: 'pad', padding: [top, left, bottom, right] }];
}

function pooling(layer: LayerReading, of: 'max' | 'average'): readonly LayerStep[] {
  const [size, stride] = [layer.pair('poolSize'), layer.pair('strides')];
  const padding = paddingOf(layer, size, stride);
  if (padding.some((zeros) => zeros > 0)) {
    throw new OptionsError(`${layer.from} pads its input ("same"): expected "valid", or a size that needs no padding`);
  }
  return [{ step: 'pool', of, window: { size, stride } }];
}

function globalPooling(layer: LayerReading, of: 'max' | 'average'): readonly LayerStep[] {
  requireChannelsLast(layer);
  return [{ step: 'pool', of, window: null }];
}
