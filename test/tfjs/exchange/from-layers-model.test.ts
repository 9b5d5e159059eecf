import * as tf from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  layers,
  model as modelOfTensors,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { arrayPairs } from '../../../ts/data/array-pairs.js';
import { chainTensors } from '../../../ts/encoders/layer-chain.js';
import { fitOptionsFrom, fromLayersModel } from '../../../ts/tfjs/exchange/from-layers-model.js';
import { groupSort, maxMin } from '../../../ts/tfjs/exchange/group-sort.js';
import { Standardise } from '../../../ts/tfjs/exchange/standardise-layer.js';
import { toLayersModel } from '../../../ts/tfjs/exchange/to-layers-model.js';
import { fit as fitTfjs } from '../../../ts/tfjs/training/fit.js';
import { encoderChain } from '../../../ts/training/encoder-chain.js';
import { fit } from '../../../ts/training/fit.js';
import { DataError, OptionsError, ShapeError } from '../../../ts/wasm/errors.js';
import { matrix } from '../../../ts/wasm/matrix.js';
import { expectClose } from '../../support/close.js';
import { drawnModel, modelOf, rowsFor } from '../../support/drawn-encoder.js';
import { seededRandom } from '../../support/random.js';
import { useBackend } from '../../support/tfjs.js';
import { predicted } from './drawn-layers.js';

/** Sums of a few hundred float32 terms in other orders, a layer after the other. */
const CLOSE = { absolute: 1e-5, relative: 1e-5 };
type Layer = LayersModel['layers'][number];

beforeAll(() => useBackend('cpu'));

/** A Sequential from samples of `inputShape`. */
function chain(inputShape: number[], ...all: Layer[]): LayersModel {
  const made = sequential();
  made.add(layers.inputLayer({ inputShape }));
  for (const layer of all) made.add(layer);
  return made;
}

const relu = () => layers.activation({ activation: 'relu' });
const dense = (units: number, more = {}) => layers.dense({ units, ...more });

/** Samples as TensorFlow.js and as a native model take them. */
function samples(shape: readonly number[], count: number) {
  const random = seededRandom(5);
  const cols = shape.reduce((product, side) => product * side, 1);
  const data = Float32Array.from({ length: count * cols }, () => random.normal());
  return { data, shape: [count, ...shape], rows: matrix(data, count, cols) };
}

describe('fromLayersModel', () => {
  it('gives back the bits of every weight that toLayersModel was given', async () => {
    await fc.assert(
      fc.asyncProperty(drawnModel, async (drawn) => {
        const model = modelOf(drawn);
        const [x, y] = [toLayersModel(model, 'x'), toLayersModel(model, 'y')];
        // Each side has statistics of its own.
        const isOne = drawn.isShared && !drawn.isStandardised;
        const back = await fromLayersModel(isOne ? x : { x, y }, { critic: 'bilinear', objective: 'cpc' });
        for (const side of ['x', 'y'] as const) {
          const [was, is] = [model, back].map((one) => chainTensors(encoderChain(one, side).steps));
          expect(is).toEqual(was);
        }
        const rows = rowsFor(model, 'y', 4, 3);
        expect(back.embedY(rows).data).toEqual(model.embedY(rows).data);
        for (const one of [x, y, model, back]) one.dispose();
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['dense layers, some without biases', () => chain([5], dense(8, { useBias: false }), relu(), dense(3))],
    [
      'activations inside layers',
      () => chain([5], dense(8, { activation: 'relu' }), dense(8, { activation: 'relu' }), dense(2)),
    ],
    [
      'leaky ReLUs and dropout',
      () => chain([5], dense(8), layers.leakyReLU({ alpha: 0.01 }), layers.dropout({ rate: 0.5 }), dense(2)),
    ],
    ['one layer', () => chain([5], dense(2))],
    ['maxmin', () => chain([5], dense(6), maxMin(), dense(2))],
    [
      'channels last images',
      () =>
        chain(
          [6, 7, 3],
          layers.zeroPadding2d({ padding: 1 }),
          layers.conv2d({ filters: 8, kernelSize: 3, strides: 2 }),
          groupSort(),
          layers.conv2d({ filters: 4, kernelSize: 2, padding: 'valid' }),
          groupSort(),
          layers.flatten(),
          dense(3),
        ),
    ],
    [
      'an odd kernel that "same" pads alike on all sides',
      () =>
        chain(
          [6, 6, 1],
          layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }),
          relu(),
          layers.flatten(),
          dense(3),
        ),
    ],
    [
      'rows that are reshaped to images',
      () =>
        chain(
          [24],
          layers.reshape({ targetShape: [3, 4, 2] }),
          layers.conv2d({ filters: 4, kernelSize: 2 }),
          layers.flatten(),
          relu(),
          dense(3),
        ),
    ],
    [
      'batch normalisations, which become part of layers',
      () =>
        chain(
          [5, 5, 2],
          layers.conv2d({ filters: 4, kernelSize: 3, useBias: false }),
          layers.batchNormalization({ scale: false }),
          relu(),
          layers.flatten(),
          dense(6),
          layers.batchNormalization(),
          relu(),
          dense(3),
          layers.batchNormalization({ center: false }),
        ),
    ],
    [
      'numbers that are rescaled',
      () => chain([4, 4, 2], layers.rescaling({ scale: 0.5, offset: -1 }), layers.flatten(), dense(3)),
    ],
    [
      'a model inside a model',
      () => chain([5], dense(8), chain([8], relu(), dense(4, { useBias: false })), relu(), dense(2)),
    ],
  ] as const)('takes %s', async (_, make) => {
    const model = drawnWeights(make());
    const given = samples(model.inputs[0]?.shape.slice(1) as number[], 6);
    const native = await fromLayersModel(model);
    expectClose(native.embedX(given.rows).data, predicted(model, given), CLOSE);
    native.dispose();
  });

  it('is evaluated, scored and saved as other models are', async () => {
    const [x, y] = [chain([5], dense(8), relu(), dense(4)), chain([3], dense(4))];
    const native = await fromLayersModel({ x, y }, { critic: 'distance', objective: 'wpc', batch: 4 });
    const [left, right] = [samples([5], 8).rows, samples([3], 8).rows];
    expect(native.spec).toMatchObject({ critic: 'distance', objective: 'wpc', xWidths: [5, 8, 4], yWidths: [3, 4] });
    expect(native.evaluate(left, right).batches).toBe(2);
    expect(native.certify().constant).toBeGreaterThan(0);
    expectClose(native.embedY(right).data, predicted(y, { data: right.data, shape: [8, 3] }), CLOSE);
  });

  it('leaves no tensors behind', async () => {
    const model = chain([5, 5, 1], layers.conv2d({ filters: 4, kernelSize: 3 }), relu(), layers.flatten(), dense(2));
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) (await fromLayersModel(model)).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** Weights, biases and statistics that are no zeros and ones. */
function drawnWeights(model: LayersModel): LayersModel {
  const random = seededRandom(11);
  tf.tidy(() => {
    const drawn = model.weights.map(({ shape, name }) => {
      const [size, isPositive] = [shape as number[], /variance/.test(name)];
      const values = Float32Array.from({ length: tf.util.sizeFromShape(size) }, () =>
        isPositive ? 0.5 + random.uniform() : 0.4 * random.normal(),
      );
      return tf.tensor(values, size);
    });
    model.setWeights(drawn);
  });
  return model;
}

describe('what has no native encoder is refused by name', () => {
  const image = (...all: Layer[]) => chain([5, 5, 2], ...all, relu(), layers.flatten(), dense(3));
  const conv2d = (more: object) => layers.conv2d({ filters: 4, kernelSize: 3, name: 'it', ...more } as never);
  it.each([
    [
      'an unknown layer',
      () => chain([4, 4, 1], layers.upSampling2d({ name: 'it' }), layers.flatten()),
      'layer it (UpSampling2D)',
    ],
    ['another activation', () => chain([4], dense(4, { activation: 'tanh', name: 'it' }), dense(2)), 'activation tanh'],
    [
      'another slope',
      () => chain([4], dense(4), layers.leakyReLU({ name: 'it' }), dense(2)),
      'leaky-relu of slope 0.3',
    ],
    ['no activation between layers', () => chain([4], dense(4, { name: 'it' }), dense(2)), 'an activation follows'],
    ['an activation at the end', () => chain([4], dense(4), layers.reLU({ name: 'it' })), 'has no activation'],
    ['two activations', () => chain([4], dense(4), relu(), layers.reLU({ name: 'it' }), dense(2)), 'one activation'],
    [
      'different activations',
      () => chain([4], dense(4), relu(), dense(4), maxMin({ name: 'it' }), dense(2)),
      'relu up to here',
    ],
    [
      'no dense layer at the end',
      () => chain([4, 4, 1], conv2d({}), relu(), layers.flatten()),
      'ends with a dense layer',
    ],
    [
      'pooling',
      () =>
        image(layers.conv2d({ filters: 4, kernelSize: 2 }), relu(), layers.maxPooling2d({ poolSize: 2, name: 'it' })),
      'step pool',
    ],
    ['kernels that are no squares', () => image(conv2d({ kernelSize: [1, 3] })), 'kernels of 1 x 3'],
    ['strides that differ', () => image(conv2d({ strides: [1, 2] })), 'strides of 1 and 2'],
    ['dilation', () => image(conv2d({ dilationRate: 2 })), 'a dilation of 2 x 2'],
    ['groups', () => image(layers.depthwiseConv2d({ kernelSize: 3, name: 'it' })), '2 groups'],
    [
      'padding wider than the kernel',
      () => image(layers.zeroPadding2d({ padding: 3 }), conv2d({})),
      '3 zeros on every side',
    ],
    [
      'a batch normalisation after an activation',
      () => chain([4], dense(4), relu(), layers.batchNormalization({ name: 'it' }), dense(2)),
      'follows no dense layer',
    ],
    [
      'sizes that are not fixed',
      () =>
        sequential({ layers: [layers.conv2d({ inputShape: [null, null, 1], filters: 2, kernelSize: 1, name: 'it' })] }),
      '[any, any, 1]',
    ],
  ] as const)('%s', async (what, make, message) => {
    const refusal = fromLayersModel(make() as LayersModel);
    await expect(refusal).rejects.toThrow(OptionsError);
    await expect(refusal).rejects.toThrow(message);
    if (!what.startsWith('no dense')) await expect(refusal).rejects.toThrow(/layer it \(/);
  });

  it('case E1: padding that TensorFlow puts at the bottom and the right', async () => {
    const same = (
      size: number[],
      options: { kernelSize: number | [number, number]; strides: number | [number, number] },
    ) =>
      chain(
        size,
        layers.conv2d({ filters: 1, padding: 'same', name: 'it', ...options }),
        relu(),
        layers.flatten(),
        dense(2),
      );
    for (const model of [
      same([4, 4, 1], { kernelSize: 3, strides: 2 }),
      same([5, 5, 1], { kernelSize: [2, 1], strides: [4, 3] }),
      same([6, 6, 1], { kernelSize: 2, strides: 1 }),
    ]) {
      await expect(fromLayersModel(model)).rejects.toThrow(OptionsError);
    }
    const refusal = fromLayersModel(same([4, 4, 1], { kernelSize: 3, strides: 2 }));
    await expect(refusal).rejects.toThrow(
      'layer it (Conv2D) has 0 zeros at the top, 0 at the left, 1 at the bottom and 1 at the right',
    );
    await expect(refusal).rejects.toThrow('padding "valid" after zeroPadding2d');
  });

  it('branches, several inputs and what is no model', async () => {
    const x = input({ shape: [4] });
    const left = dense(4).apply(x) as SymbolicTensor;
    const sum = layers.add({ name: 'it' }).apply([left, dense(4).apply(x) as SymbolicTensor]) as SymbolicTensor;
    await expect(fromLayersModel(modelOfTensors({ inputs: x, outputs: sum }))).rejects.toThrow(
      'layer it (Add) takes 2 inputs',
    );
    const two = modelOfTensors({ inputs: [x, input({ shape: [2] })], outputs: left });
    await expect(fromLayersModel(two)).rejects.toThrow('2 inputs and 1 outputs');
    for (const bad of [null, {}, { x: chain([2], dense(2)) }, 'model.json']) {
      await expect(fromLayersModel(bad as never)).rejects.toThrow('must be a tf.LayersModel');
    }
  });

  it('functions of tensors, which have no layers', async () => {
    const apply = (rows: tf.Tensor) => rows as tf.Tensor2D;
    await expect(fromLayersModel({ apply, variables: [], outputDim: 2 } as never)).rejects.toThrow(
      'a function of tensors',
    );
  });

  it('NaN among the weights, and encoders that do not fit each other', async () => {
    const model = chain([2], dense(2, { name: 'it' }));
    tf.tidy(() => model.setWeights([tf.tensor2d([1, 2, Number.NaN, 4], [2, 2]), tf.tensor1d([0, 0])]));
    await expect(fromLayersModel(model)).rejects.toThrow(DataError);
    await expect(fromLayersModel(model)).rejects.toThrow('layer it (Dense): number 2');
    const [two, three] = [chain([2], dense(2)), chain([2], dense(3))];
    await expect(fromLayersModel({ x: two, y: three })).rejects.toThrow(ShapeError);
    const [bent, sorted] = [chain([2], dense(4), relu(), dense(2)), chain([2], dense(4), maxMin(), dense(2))];
    await expect(fromLayersModel({ x: bent, y: sorted })).rejects.toThrow('of x has relu and that of y maxmin');
  });

  it('options that there are not, and those that models settle', async () => {
    const model = chain([2], dense(2));
    await expect(fromLayersModel(model, { lipschitz: 'none' } as never)).rejects.toThrow("no option 'lipschitz'");
    const pairs = arrayPairs({ x: [[1, 2]], y: [[3, 4]] });
    await expect(fitOptionsFrom(model, { pairs, encoder: '4' })).rejects.toThrow('encoder is settled');
    await expect(fitOptionsFrom(model, { pairs: arrayPairs({ x: [[1]], y: [[3]] }) })).rejects.toThrow(/2.*1|1.*2/);
  });
});

describe('fitOptionsFrom', () => {
  const image = { channels: 3, height: 4, width: 5 };
  const standardise = () => new Standardise({});
  it.each([
    ['convolutions', () => [layers.conv2d({ filters: 4, kernelSize: 2 }), relu(), layers.flatten(), dense(4)]],
    ['dense layers', () => [layers.flatten(), dense(8, { activation: 'relu' }), dense(4)]],
    [
      'statistics of each channel',
      () => [standardise(), layers.conv2d({ filters: 4, kernelSize: 2 }), relu(), layers.flatten(), dense(4)],
    ],
    ['rescaled numbers', () => [layers.rescaling({ scale: 0.5, offset: 1 }), layers.flatten(), dense(4)]],
  ] as const)('reads rows of planes and of pixels as a run of TensorFlow.js does: %s', async (_, make) => {
    const { rows: x } = samples([60], 16);
    const { rows: y } = samples([3], 16);
    for (const order of ['planes', 'pixels'] as const) {
      const encoder = { x: drawnWeights(chain([4, 5, 3], ...make())), y: drawnWeights(chain([3], dense(4))) };
      const pairs = arrayPairs({ x, y, xShape: { ...image, order } });
      const run = { pairs, objective: 'cpc', batch: 8, steps: 1, learningRate: 1e-12, lipschitz: 'none' } as const;
      const native = (await fit(await fitOptionsFrom(encoder, run))).model;
      const { model } = await fitTfjs({ ...run, encoder });
      expectClose(native.embedX(x).data, model.embedX(x).data, CLOSE);
      expectClose(native.embedY(y).data, model.embedY(y).data, CLOSE);
      native.dispose();
    }
  });

  it('turns the planes of cubes too', async () => {
    const { rows: x } = samples([27], 16);
    const cube = { channels: 3, height: 3, width: 3 };
    const encoder = drawnWeights(chain([3, 3, 3], layers.flatten(), dense(4)));
    const pairs = arrayPairs({ x, y: x, xShape: cube, yShape: cube });
    const run = { pairs, objective: 'cpc', batch: 8, steps: 1, learningRate: 1e-12, lipschitz: 'none' } as const;
    const native = (await fit(await fitOptionsFrom(encoder, run))).model;
    const { model } = await fitTfjs({ ...run, encoder });
    expectClose(native.embedX(x).data, model.embedX(x).data, CLOSE);
    native.dispose();
  });

  it('refuses rows that the models do not take, and one model for planes and pixels', async () => {
    const model = chain([4, 5, 3], layers.flatten(), dense(4));
    const [six, sixty] = [samples([6], 4).rows, samples([60], 4).rows];
    const short = fitOptionsFrom(model, { pairs: arrayPairs({ x: six, y: sixty }) });
    await expect(short).rejects.toThrow(ShapeError);
    await expect(short).rejects.toThrow('rows of x have 6 numbers, its encoder takes [4, 5, 3]');
    const both = { x: sixty, y: sixty, xShape: image, yShape: { ...image, order: 'pixels' } } as const;
    await expect(fitOptionsFrom(model, { pairs: arrayPairs(both) })).rejects.toThrow('rows of one kind');
    await expect(fitOptionsFrom(model, {} as never)).rejects.toThrow(OptionsError);
  });

  it('begins a native run with the weights of LayersModels, and their standardisation', async () => {
    const random = seededRandom(2);
    const x = matrix(
      Float32Array.from({ length: 64 * 16 }, () => 3 + random.normal()),
      64,
      16,
    );
    const y = matrix(
      x.data.map((value) => value + 0.1 * random.normal()),
      64,
      16,
    );
    const convolutional = chain(
      [4, 4, 1],
      layers.rescaling({ scale: 1, offset: -3 }),
      layers.conv2d({ filters: 4, kernelSize: 2, strides: 2 }),
      relu(),
      layers.flatten(),
      dense(4),
    );
    const plain = chain([16], dense(8), relu(), dense(4));
    const pairs = arrayPairs({ x, y });
    const options = await fitOptionsFrom(
      { x: convolutional, y: plain },
      { pairs, objective: 'cpc', critic: 'bilinear', batch: 16, steps: 60, learningRate: 1e-9, lipschitz: 'none' },
    );
    const still = await fit(options);
    expectClose(still.model.embedX(x).data, predicted(convolutional, { data: x.data, shape: [64, 4, 4, 1] }), {
      absolute: 1e-4,
    });
    const moved = await fit({
      ...(await fitOptionsFrom(
        { x: convolutional, y: plain },
        { pairs, objective: 'cpc', critic: 'bilinear', batch: 16, steps: 60, learningRate: 1e-2, lipschitz: 'none' },
      )),
    });
    expect(moved.steps).toBe(60);
    expect(moved.history.at(-1)?.value).toBeGreaterThan((moved.history[0]?.value ?? 0) + 0.1);
  });
});
