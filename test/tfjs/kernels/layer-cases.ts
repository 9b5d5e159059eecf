import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';

/** A layer with its settings, and what it is applied to. */
export interface LayerCase {
  /** Its settings, for the message of a failure. */
  readonly settings: object;
  /** Shapes of its inputs, batch first; more than one for layers that merge. */
  readonly shapes: readonly Shape[];
  /** Inputs are whole numbers below this; by default they are real. */
  readonly vocabulary?: number;
  /** A fresh layer, which is not built yet. */
  readonly create: () => tf.layers.Layer;
}

type Shape = readonly number[];

const whole = (min: number, max: number) => fc.integer({ min, max });
const pair = (max: number) => fc.tuple(whole(1, max), whole(1, max));
const triple = (max: number) => fc.tuple(whole(1, max), whole(1, max), whole(1, max));

const batch = whole(1, 3);
const channels = whole(1, 5);
/** Longer than any window below. */
const side = whole(5, 8);
const flag = fc.boolean();
const fraction = fc.constantFrom(0.25, 0.5, 0.75);
const none = fc.constant({});

/** Every activation that layers know. */
const activation = fc.constantFrom(
  ...(['elu', 'hardSigmoid', 'linear', 'relu', 'relu6', 'selu', 'sigmoid', 'softmax'] as const),
  ...(['softplus', 'softsign', 'tanh', 'swish', 'mish', 'gelu', 'gelu_new'] as const),
);

/** Any shape of that many sizes. */
const shapeOf = (rank: number): fc.Arbitrary<Shape> =>
  fc.tuple(batch, fc.array(channels, { minLength: rank - 1, maxLength: rank - 1 })).map(([n, rest]) => [n, ...rest]);

const anyShape = whole(2, 5).chain(shapeOf);
const series = fc.tuple(batch, whole(2, 4), channels);

/** A layer on one input. */
function unary<Settings extends object>(
  shape: fc.Arbitrary<Shape>,
  settings: fc.Arbitrary<Settings>,
  create: (settings: Settings) => tf.layers.Layer,
): fc.Arbitrary<LayerCase> {
  return fc
    .tuple(shape, settings)
    .map(([shape, settings]) => ({ settings, shapes: [shape], create: () => create(settings) }));
}

/** A layer on images of that many sides, with channels first or last. */
function spatial<Settings extends object>(
  sides: fc.Arbitrary<Shape>,
  settings: fc.Arbitrary<Settings>,
  create: (settings: Settings & { dataFormat: 'channelsFirst' | 'channelsLast' }) => tf.layers.Layer,
): fc.Arbitrary<LayerCase> {
  const format = fc.constantFrom('channelsFirst', 'channelsLast' as const);
  return fc.tuple(batch, sides, channels, format, settings).map(([n, space, depth, dataFormat, others]) => {
    const settings = { ...others, dataFormat };
    const shape = dataFormat === 'channelsFirst' ? [n, depth, ...space] : [n, ...space, depth];
    return { settings, shapes: [shape], create: () => create(settings) };
  });
}

const image = fc.tuple(side, side);
const volume = fc.tuple(side, side, side);

/** A layer on inputs of equal shapes. */
const merging = (create: () => tf.layers.Layer): fc.Arbitrary<LayerCase> =>
  fc.tuple(anyShape, whole(2, 4)).map(([shape, count]) => ({
    settings: {},
    shapes: Array.from({ length: count }, () => shape),
    create,
  }));

const padding = fc.constantFrom('same', 'valid' as const);
const convolution = { filters: channels, padding, activation, useBias: flag };
const recurrent = {
  units: channels,
  activation: fc.constantFrom('tanh', 'relu', 'sigmoid' as const),
  returnSequences: flag,
  useBias: flag,
  goBackwards: flag,
};
const pooling1d = fc.record({ poolSize: whole(1, 3), strides: whole(1, 3), padding });
const pooling2d = fc.record({ poolSize: pair(3), strides: pair(3), padding });
/** As high as wide: for others the cpu backend has another gradient than its own values. */
const pooling3d = fc.record({
  poolSize: pair(3).map(([depth, side]): [number, number, number] => [depth, side, side]),
  strides: triple(3),
  padding,
});
const signal = fc.tuple(batch, side, channels);

/** By the names of `tf.layers`: layers whose gradients the cpu backend has. */
export const layerCases: Readonly<Record<string, fc.Arbitrary<LayerCase>>> = {
  activation: unary(anyShape, fc.record({ activation }), tf.layers.activation),
  add: merging(tf.layers.add),
  average: merging(tf.layers.average),
  averagePooling1d: unary(signal, pooling1d, tf.layers.averagePooling1d),
  averagePooling2d: spatial(image, pooling2d, tf.layers.averagePooling2d),
  averagePooling3d: spatial(volume, pooling3d, tf.layers.averagePooling3d),
  batchNormalization: unary(whole(2, 4).chain(shapeOf), none, tf.layers.batchNormalization),
  bidirectional: unary(
    series,
    fc.record({
      units: channels,
      returnSequences: flag,
      mergeMode: fc.constantFrom('concat', 'sum', 'mul', 'ave' as const),
    }),
    ({ mergeMode, ...inner }) => tf.layers.bidirectional({ layer: tf.layers.gru(inner) as tf.RNN, mergeMode }),
  ),
  concatenate: fc.tuple(anyShape, whole(2, 3), whole(1, 4)).map(([shape, count, at]) => {
    const axis = 1 + (at % (shape.length - 1));
    const shapes = Array.from({ length: count }, (_, k) => shape.with(axis, shape[axis] + k));
    return { settings: { axis }, shapes, create: () => tf.layers.concatenate({ axis }) };
  }),
  conv1d: unary(signal, fc.record({ ...convolution, kernelSize: whole(1, 3), strides: whole(1, 2) }), tf.layers.conv1d),
  conv2d: spatial(image, fc.record({ ...convolution, kernelSize: pair(3), strides: pair(2) }), tf.layers.conv2d),
  conv2dTranspose: spatial(
    image,
    fc.record({ ...convolution, kernelSize: pair(3), strides: pair(2) }),
    tf.layers.conv2dTranspose,
  ),
  conv3d: spatial(volume, fc.record({ ...convolution, kernelSize: triple(3), strides: triple(2) }), tf.layers.conv3d),
  convLstm2d: unary(
    // tfjs has no gradient of a single step: it unpacks into one tensor, and does not pack one again.
    fc.tuple(batch, whole(2, 3), whole(3, 5), whole(3, 5), whole(1, 3)),
    fc.record({
      filters: whole(1, 3),
      kernelSize: pair(3),
      padding,
      useBias: flag,
      returnSequences: fc.constant(true),
    }),
    (settings) => tf.layers.convLstm2d(settings as Parameters<typeof tf.layers.convLstm2d>[0]),
  ),
  cropping2D: spatial(
    image,
    fc.tuple(pair(2), pair(2)).map((cropping) => ({ cropping })),
    tf.layers.cropping2D,
  ),
  dense: unary(whole(2, 4).chain(shapeOf), fc.record({ units: channels, activation, useBias: flag }), tf.layers.dense),
  depthwiseConv2d: spatial(
    image,
    fc.record({
      depthMultiplier: whole(1, 3),
      kernelSize: pair(3),
      strides: whole(1, 2),
      padding,
      activation,
      useBias: flag,
    }),
    tf.layers.depthwiseConv2d,
  ),
  dot: fc.tuple(batch, channels, channels, whole(2, 5), flag).map(([n, rows, cols, depth, normalize]) => ({
    settings: { axes: 2, normalize },
    shapes: [
      [n, rows, depth],
      [n, cols, depth],
    ],
    create: () => tf.layers.dot({ axes: 2, normalize }),
  })),
  dropout: unary(anyShape, fc.record({ rate: fraction, seed: whole(1, 99) }), tf.layers.dropout),
  elu: unary(anyShape, none, tf.layers.elu),
  embedding: fc
    .tuple(batch, channels, fc.record({ inputDim: whole(1, 7), outputDim: channels }))
    .map(([n, length, settings]) => ({
      settings,
      shapes: [[n, length]],
      vocabulary: settings.inputDim,
      create: () => tf.layers.embedding(settings),
    })),
  flatten: unary(whole(3, 5).chain(shapeOf), none, tf.layers.flatten),
  globalAveragePooling1d: unary(series, none, tf.layers.globalAveragePooling1d),
  globalAveragePooling2d: spatial(image, none, tf.layers.globalAveragePooling2d),
  globalMaxPooling1d: unary(series, none, tf.layers.globalMaxPooling1d),
  globalMaxPooling2d: spatial(image, none, tf.layers.globalMaxPooling2d),
  gru: unary(series, fc.record(recurrent), tf.layers.gru),
  layerNormalization: unary(whole(2, 4).chain(shapeOf), none, tf.layers.layerNormalization),
  leakyReLU: unary(anyShape, fc.record({ alpha: fraction }), tf.layers.leakyReLU),
  lstm: unary(series, fc.record({ ...recurrent, unitForgetBias: flag }), tf.layers.lstm),
  maxPooling1d: unary(signal, pooling1d, tf.layers.maxPooling1d),
  maxPooling2d: spatial(image, pooling2d, tf.layers.maxPooling2d),
  maxPooling3d: spatial(volume, pooling3d, tf.layers.maxPooling3d),
  maximum: merging(tf.layers.maximum),
  minimum: merging(tf.layers.minimum),
  multiply: merging(tf.layers.multiply),
  permute: unary(shapeOf(4), fc.record({ dims: fc.shuffledSubarray([1, 2, 3], { minLength: 3 }) }), tf.layers.permute),
  prelu: unary(anyShape, fc.record({ sharedAxes: fc.constantFrom<number[]>([], [1]) }), (settings) =>
    tf.layers.prelu({ ...settings, alphaInitializer: tf.initializers.constant({ value: 0.25 }) }),
  ),
  reLU: unary(anyShape, fc.record({ maxValue: fc.constantFrom(0.5, 6) }), tf.layers.reLU),
  repeatVector: unary(shapeOf(2), fc.record({ n: whole(1, 4) }), tf.layers.repeatVector),
  rescaling: unary(anyShape, fc.record({ scale: fraction, offset: fraction }), tf.layers.rescaling),
  reshape: unary(anyShape, none, () => tf.layers.reshape({ targetShape: [1, -1] })),
  rnn: unary(series, fc.record({ units: pair(4), returnSequences: flag }), ({ units: [first, second], ...settings }) =>
    tf.layers.rnn({ cell: [tf.layers.gruCell({ units: first }), tf.layers.lstmCell({ units: second })], ...settings }),
  ),
  separableConv2d: unary(
    fc.tuple(batch, side, side, channels),
    fc.record({ ...convolution, depthMultiplier: whole(1, 3), kernelSize: pair(3), strides: whole(1, 2) }),
    tf.layers.separableConv2d,
  ),
  simpleRNN: unary(series, fc.record(recurrent), tf.layers.simpleRNN),
  softmax: unary(anyShape, fc.constant({ axis: -1 }), tf.layers.softmax),
  spatialDropout1d: unary(series, fc.record({ rate: fraction, seed: whole(1, 99) }), tf.layers.spatialDropout1d),
  timeDistributed: unary(series, fc.record({ units: channels, activation }), (settings) =>
    tf.layers.timeDistributed({ layer: tf.layers.dense(settings) }),
  ),
  zeroPadding2d: spatial(image, fc.record({ padding: pair(3) }), tf.layers.zeroPadding2d),
};

/** Linear ones whose gradients the cpu backend gets wrong: of images that are not square, or made three times as large. */
export const linearCases: Readonly<Record<string, fc.Arbitrary<LayerCase>>> = {
  resizing: unary(
    fc.tuple(batch, side, side, channels),
    fc.record({
      height: whole(2, 9),
      width: whole(2, 9),
      interpolation: fc.constantFrom('bilinear', 'nearest' as const),
    }),
    tf.layers.resizing,
  ),
  upSampling2d: spatial(
    image,
    fc.record({ size: pair(3), interpolation: fc.constantFrom('nearest', 'bilinear' as const) }),
    tf.layers.upSampling2d,
  ),
};

/** Those that tfjs itself cannot differentiate by their inputs, on any backend, and the op that has no gradient. */
export const underivableCases: Readonly<Record<string, readonly [op: string, cases: fc.Arbitrary<LayerCase>]>> = {
  centerCrop: [
    'CropAndResize',
    unary(
      fc.tuple(batch, side, side, channels),
      fc.record({ height: whole(1, 5), width: whole(1, 5) }),
      tf.layers.centerCrop,
    ),
  ],
  conv3dTranspose: [
    'Conv3DBackpropInputV2',
    spatial(
      volume,
      fc.record({ ...convolution, kernelSize: triple(3), strides: triple(2) }),
      tf.layers.conv3dTranspose,
    ),
  ],
  masking: ['Any', unary(series, fc.record({ maskValue: fc.constantFrom(0, 1) }), tf.layers.masking)],
  thresholdedReLU: ['Greater', unary(anyShape, fc.record({ theta: fraction }), tf.layers.thresholdedReLU)],
};

/** Those that draw numbers anew at each call. */
export const randomCases: Readonly<Record<string, fc.Arbitrary<LayerCase>>> = {
  alphaDropout: unary(anyShape, fc.record({ rate: fraction }), tf.layers.alphaDropout),
  gaussianDropout: unary(anyShape, fc.record({ rate: fraction }), tf.layers.gaussianDropout),
  gaussianNoise: unary(anyShape, fc.record({ stddev: fraction }), tf.layers.gaussianNoise),
};
