import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { GroupSort } from '../../../ts/tfjs/exchange/group-sort.js';
import { Standardise } from '../../../ts/tfjs/exchange/standardise-layer.js';
import { seededRandom } from '../../support/random.js';

type Layer = LayersModel['layers'][number];

/** A LayersModel as plain data: what makes its layers, in their order. */
export interface DrawnLayers {
  readonly input: readonly number[];
  readonly layers: readonly DrawnLayer[];
  readonly seed: number;
}

type DrawnLayer = readonly [kind: keyof typeof MAKERS, options: Record<string, unknown>];

const MAKERS = {
  dense: layers.dense,
  conv2d: layers.conv2d,
  embedding: layers.embedding,
  globalAveragePooling1d: layers.globalAveragePooling1d,
  globalMaxPooling1d: layers.globalMaxPooling1d,
  depthwiseConv2d: layers.depthwiseConv2d,
  separableConv2d: layers.separableConv2d,
  batchNormalization: layers.batchNormalization,
  activation: layers.activation,
  reLU: layers.reLU,
  leakyReLU: layers.leakyReLU,
  elu: layers.elu,
  softmax: layers.softmax,
  flatten: layers.flatten,
  reshape: layers.reshape,
  permute: layers.permute,
  zeroPadding2d: layers.zeroPadding2d,
  maxPooling2d: layers.maxPooling2d,
  averagePooling2d: layers.averagePooling2d,
  globalAveragePooling2d: layers.globalAveragePooling2d,
  globalMaxPooling2d: layers.globalMaxPooling2d,
  dropout: layers.dropout,
  gaussianNoise: layers.gaussianNoise,
  groupSort: (options: object) => new GroupSort(options),
  standardise: (options: object) => new Standardise(options),
} as const;

const activationName = fc.constantFrom(
  ...['linear', 'relu', 'relu6', 'elu', 'selu', 'sigmoid', 'tanh', 'softplus', 'softsign', 'swish', 'softmax'],
);
const size = fc.integer({ min: 1, max: 3 });
const units = fc.constantFrom(4, 8, 12);
const useBias = fc.boolean();
const of = (kind: DrawnLayer[0], options: Record<string, fc.Arbitrary<unknown>> = {}): fc.Arbitrary<DrawnLayer> =>
  fc.record(options).map((drawn) => [kind, drawn]);

/** A layer that takes what has any axes and gives the same. */
const anywhere = fc.oneof(
  of('batchNormalization', { scale: fc.boolean(), center: fc.boolean(), epsilon: fc.constantFrom(1e-3, 1e-5) }),
  of('activation', { activation: activationName }),
  of('reLU', { maxValue: fc.constantFrom(undefined, 6) }),
  of('leakyReLU', { alpha: fc.constantFrom(0.01, 0.3) }),
  of('elu'),
  of('softmax', { axis: fc.constant(-1) }),
  of('groupSort', { size: fc.constantFrom(2, 4) }),
  of('dropout', { rate: fc.constant(0.5) }),
  of('gaussianNoise', { stddev: fc.constant(1) }),
);

const convolutional = {
  kernelSize: fc.oneof(size, fc.tuple(size, size)),
  padding: fc.constantFrom('valid', 'same'),
  useBias,
  activation: activationName,
};
// TensorFlow has strides or dilations, not both.
const spaced = fc.oneof(
  fc.record({ strides: fc.oneof(size, fc.tuple(size, size)) }),
  fc.record({ dilationRate: fc.constantFrom(1, 2) }),
);
const withSpacing = (drawn: fc.Arbitrary<DrawnLayer>) =>
  fc.tuple(drawn, spaced).map(([[kind, options], more]): DrawnLayer => [kind, { ...options, ...more }]);

const overImages = fc.oneof(
  withSpacing(of('conv2d', { ...convolutional, filters: units })),
  of('depthwiseConv2d', { ...convolutional, depthMultiplier: fc.constantFrom(1, 4), strides: size }),
  of('separableConv2d', { ...convolutional, filters: units, strides: size }),
  of('zeroPadding2d', { padding: fc.tuple(fc.tuple(size, size), fc.tuple(size, size)) }),
  of('maxPooling2d', { poolSize: fc.tuple(size, size), strides: size }),
  of('averagePooling2d', { poolSize: fc.tuple(size, size), strides: size }),
  of('permute', { dims: fc.constantFrom([1, 2, 3], [2, 1, 3], [3, 1, 2]) }),
  anywhere,
);

const toRows = fc.oneof(
  fc.tuple(of('flatten')),
  fc.tuple(of('flatten')),
  fc.tuple(of('globalAveragePooling2d')),
  fc.tuple(of('globalMaxPooling2d')),
);

const denseLayer = of('dense', { units, useBias, activation: activationName });
const overRows = fc.oneof(denseLayer, denseLayer, anywhere);
const standardised = fc.oneof(fc.constant([]), fc.tuple(of('standardise')));

const ofRows = fc
  .tuple(fc.integer({ min: 1, max: 20 }), standardised, denseLayer, fc.array(overRows, { maxLength: 4 }))
  .map(([width, first, second, rest]) => ({ input: [width], layers: [...first, second, ...rest] }));

const ofSequences = fc
  .tuple(
    fc.integer({ min: 1, max: 6 }),
    of('embedding', { inputDim: fc.constant(9), outputDim: units }),
    fc.oneof(fc.constant([]), fc.tuple(of('leakyReLU')), fc.tuple(of('permute', { dims: fc.constant([2, 1]) }))),
    fc.oneof(of('globalAveragePooling1d'), of('globalMaxPooling1d'), of('flatten')),
    fc.array(overRows, { maxLength: 2 }),
  )
  .map(([length, first, between, toOne, rest]) => ({
    input: [length],
    layers: [first, ...between, toOne, ...rest],
  }));

const image = fc.tuple(fc.integer({ min: 5, max: 9 }), fc.integer({ min: 5, max: 9 }), fc.constantFrom(1, 2, 4));

const ofImages = fc
  .tuple(
    image,
    fc.boolean(),
    standardised,
    fc.array(overImages, { minLength: 1, maxLength: 4 }),
    toRows,
    fc.array(overRows, { maxLength: 3 }),
  )
  .map(([[height, width, channels], isFlat, first, over, between, rest]) => {
    const shape = [height, width, channels];
    const reshape: DrawnLayer[] = isFlat ? [['reshape', { targetShape: shape }]] : [];
    const input = isFlat ? [height * width * channels] : shape;
    return { input, layers: [...first, ...reshape, ...over, ...between, ...rest] };
  });

/** Chains of all layers that can be exchanged; those that TensorFlow.js itself refuses are left out. */
export const drawnLayers: fc.Arbitrary<DrawnLayers> = fc
  .tuple(fc.oneof(ofRows, ofImages, ofSequences), fc.integer({ min: 1, max: 2 ** 31 - 1 }))
  .map(([drawn, seed]) => ({ ...drawn, seed }))
  .filter((drawn) => {
    try {
      const model = layersOf(drawn);
      model.dispose();
      // It lets kernels be larger than what they run over.
      return model.layers.every((layer) => (layer.outputShape as number[]).slice(1).every((side) => side > 0));
    } catch {
      return false;
    }
  });

/** Chains whose rows become samples of two to four axes, on which layers work along the last one. */
export const overAnyAxes: fc.Arbitrary<DrawnLayers> = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
    fc.constantFrom(4, 8),
    fc.array(fc.oneof(anywhere, of('standardise')), { minLength: 1, maxLength: 3 }),
    fc.boolean(),
    fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  )
  .map(([axes, last, over, isTurned, seed]) => {
    const targetShape = [...axes, last];
    const dims = targetShape.map((_, axis) => targetShape.length - axis);
    const turned: DrawnLayer[] = isTurned ? [['permute', { dims }]] : [];
    const layers: DrawnLayer[] = [
      ['reshape', { targetShape }],
      ...over,
      ...turned,
      ['flatten', {}],
      ['dense', { units: 3 }],
    ];
    return { input: [targetShape.reduce((product, side) => product * side, 1)], layers, seed };
  });

/** The model, with drawn weights whose outputs are of the order of their inputs. */
export function layersOf({ input, layers: drawn, seed }: DrawnLayers): LayersModel {
  const model = sequential();
  model.add(layers.inputLayer({ inputShape: [...input] }));
  for (const [kind, options] of drawn) model.add((MAKERS[kind] as (options: object) => Layer)({ ...options }));
  const random = seededRandom(seed);
  tf.tidy(() => {
    for (const layer of model.layers) {
      layer.setWeights(
        layer.weights.map(({ shape, name }) => {
          const count = shape.reduce<number>((product, side) => product * (side ?? 1), 1);
          const fanIn = shape.length === 1 ? 10 : count / (shape.at(-1) ?? 1);
          // Variances are above 0, and so is what scales.
          const isPositive = /variance|scale|gamma/.test(name);
          const one = () => (isPositive ? 0.5 + random.uniform() : random.normal() / Math.sqrt(fanIn));
          return tf.tensor(Float32Array.from({ length: count }, one), shape as number[]);
        }),
      );
    }
  });
  return model;
}

/** A batch of samples that a model takes. */
export function samplesFor(
  { input, layers: [first], seed }: DrawnLayers,
  count: number,
): { data: Float32Array; shape: number[] } {
  const random = seededRandom(seed + 1);
  const length = input.reduce((product, side) => product * side, count);
  const one = first?.[0] === 'embedding' ? () => random.below(9) : () => random.normal();
  return { data: Float32Array.from({ length }, one), shape: [count, ...input] };
}

/** What the model predicts. */
export function predicted(model: LayersModel, { data, shape }: { data: Float32Array; shape: number[] }): number[] {
  return tf.tidy(() => [...(model.predict(tf.tensor(data, shape)) as tf.Tensor).dataSync()]);
}
