import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../../ts/data/safetensors.js';
import { layersToONNX, layersToSafetensors } from '../../../ts/tfjs/exchange/export-layers.js';
import { GroupSort } from '../../../ts/tfjs/exchange/group-sort.js';
import { KantorovichError, OptionsError } from '../../../ts/wasm/errors.js';
import { VERSION } from '../../../ts/wasm/version.js';
import { expectClose } from '../../support/close.js';
import { isPythonMissing, pythonProcess } from '../../support/python.js';
import { inOnnxRuntime, inTorch, ONNX_PROGRAM, torchProgram } from '../../support/python-encoders.js';
import { useBackend } from '../../support/tfjs.js';
import { drawnLayers, layersOf, overAnyAxes, predicted, samplesFor } from './drawn-layers.js';

/** Sums of a few hundred float32 terms in other orders, a layer after the other. */
const CLOSE = { absolute: 1e-5, relative: 1e-5 };

beforeAll(() => useBackend('cpu'));

describe.skipIf(isPythonMissing)('a LayersModel', () => {
  const runtime = pythonProcess(ONNX_PROGRAM);
  const torch = pythonProcess(torchProgram);

  it('gives the same outputs in onnxruntime, for batches of any size', async () => {
    await fc.assert(
      fc.asyncProperty(drawnLayers, async (drawn) => {
        const model = layersOf(drawn);
        const bytes = await layersToONNX(model, { metadata: { objective: 'wpc' } });
        for (const count of [1, 5]) {
          const samples = samplesFor(drawn, count);
          const { output, metadata } = await inOnnxRuntime(runtime, bytes, samples.data, samples.shape);
          expectClose(output, predicted(model, samples), CLOSE);
          expect(metadata).toEqual({ objective: 'wpc', version: VERSION });
        }
        model.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same outputs in the PyTorch module of docs/tfjs.md', async () => {
    await fc.assert(
      fc.asyncProperty(drawnLayers, async (drawn) => {
        const model = layersOf(drawn);
        const samples = samplesFor(drawn, 5);
        const output = await inTorch(torch, await layersToSafetensors(model), samples.data, samples.shape);
        expectClose(output, predicted(model, samples), CLOSE);
        model.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same outputs over samples of any number of axes, or is refused by the name of a layer', async () => {
    let exported = 0;
    await fc.assert(
      fc.asyncProperty(overAnyAxes, async (drawn) => {
        const model = layersOf(drawn);
        const samples = samplesFor(drawn, 3);
        const refusal = (error: unknown) => {
          expect(error).toBeInstanceOf(KantorovichError);
          expect((error as KantorovichError).message).toMatch(/^layer \S+ \(\w+\)/);
          return null;
        };
        const bytes = await layersToONNX(model).catch(refusal);
        const tensors = await layersToSafetensors(model).catch(refusal);
        // Of refused ones TensorFlow.js itself cannot run some.
        const expected = bytes === null ? [] : predicted(model, samples);
        model.dispose();
        if (bytes !== null) {
          exported++;
          expectClose((await inOnnxRuntime(runtime, bytes, samples.data, samples.shape)).output, expected, CLOSE);
        }
        expect(tensors !== null && bytes === null).toBe(false);
        if (tensors !== null) {
          expectClose(await inTorch(torch, tensors, samples.data, samples.shape), expected, CLOSE);
        }
      }),
      { numRuns: 60 },
    );
    expect(exported).toBeGreaterThan(5);
  });

  /** A convolution of TensorFlow's "same" with weights that the case gives, its outputs as they are. */
  function same(side: number, kernel: number[][], strides: [number, number]): LayersModel {
    const kernelSize = [kernel.length, kernel[0]?.length ?? 0] as [number, number];
    const convolution = { filters: 1, kernelSize, strides, padding: 'same', useBias: false } as const;
    const model = sequential({
      layers: [layers.conv2d({ inputShape: [side, side, 1], ...convolution }), layers.flatten()],
    });
    tf.tidy(() => model.setWeights([tf.tensor(kernel.flat(), [...kernelSize, 1, 1])]));
    return model;
  }

  it.each([
    ['A', 4, new Array(3).fill([1, 1, 1]), [2, 2], [45, 39, 66, 50]],
    ['B', 5, [[1], [2]], [4, 3], [10, 19, 20, 23]],
  ] as [string, number, number[][], [number, number], number[]][])(
    'case E1 %s: keeps the zeros of "same" at the bottom and the right',
    async (_, side, kernel, strides, expected) => {
      const model = same(side, kernel, strides);
      const image = Float32Array.from({ length: side * side }, (_, at) => at);
      const shape = [1, side, side, 1];
      expect(predicted(model, { data: image, shape })).toEqual(expected);
      expect((await inOnnxRuntime(runtime, await layersToONNX(model), image, shape)).output).toEqual(expected);
      expect(await inTorch(torch, await layersToSafetensors(model), image, shape)).toEqual(expected);
    },
  );
});

describe('exports of LayersModels', () => {
  const chain = (...all: LayersModel['layers']) => sequential({ layers: all });
  const first = { inputShape: [4, 4, 2], name: 'it' };
  it.each([
    [
      'a layer that has no counterpart',
      () => chain(layers.upSampling2d(first)),
      'layer it (UpSampling2D) cannot be exchanged',
    ],
    [
      'an activation that has none',
      () => chain(layers.dense({ units: 2, inputShape: [3], activation: 'hardSigmoid', name: 'it' })),
      'layer it (Dense) has the activation hardSigmoid',
    ],
    ...(['globalAveragePooling2d', 'globalMaxPooling2d'] as const).map(
      (pool) =>
        [
          `channels first of ${pool}`,
          () => chain(layers[pool]({ ...first, dataFormat: 'channelsFirst' })),
          'has dataFormat channelsFirst: expected channelsLast',
        ] as const,
    ),
    ['channels first', () => chain(layers.flatten({ ...first, dataFormat: 'channelsFirst' })), 'expected channelsLast'],
    [
      'normalisations of sequences, whose features are not where those of images are',
      () => chain(layers.batchNormalization({ inputShape: [4, 4], name: 'it' }), layers.flatten()),
      'layer it (BatchNormalization) is given samples of [4, 4]',
    ],
    [
      'sorting in sequences',
      () => sequential({ layers: [new GroupSort({ inputShape: [4, 4] } as never), layers.flatten()] }),
      'is given samples of [4, 4]',
    ],
    [
      'softmax of sequences',
      () => chain(layers.activation({ inputShape: [4, 4], activation: 'softmax' }), layers.flatten()),
      'is given samples of [4, 4]',
    ],
    [
      'masks',
      () => chain(layers.embedding({ inputLength: 3, inputDim: 4, outputDim: 2, maskZero: true }), layers.flatten()),
      'masks zeros',
    ],
    ['images as outputs', () => chain(layers.reLU(first)), 'expected embeddings'],
    [
      'dense layers over images',
      () => chain(layers.dense({ units: 2, ...first }), layers.flatten()),
      'a Flatten before it',
    ],
    [
      'pools that pad',
      () => chain(layers.maxPooling2d({ poolSize: 3, padding: 'same', ...first }), layers.flatten()),
      'pads its input',
    ],
    ['another limit of ReLU', () => chain(layers.reLU({ maxValue: 1, inputShape: [3], name: 'it' })), 'maxValue 1'],
    [
      'a normalisation of rows of pixels',
      () => chain(layers.batchNormalization({ axis: 1, ...first }), layers.flatten()),
      'has axis 1',
    ],
  ] as const)('refuse %s', async (_, make, message) => {
    const model = make();
    for (const refusal of [layersToONNX(model), layersToSafetensors(model)]) {
      await expect(refusal).rejects.toThrow(OptionsError);
      await expect(refusal).rejects.toThrow(message);
    }
  });

  it('name weights as PyTorch names those of a list of modules', async () => {
    const model = chain(
      layers.conv2d({ inputShape: [4, 4, 2], filters: 3, kernelSize: [2, 1], useBias: false }),
      layers.batchNormalization(),
      layers.flatten(),
      layers.dense({ units: 5 }),
    );
    const { tensors, metadata } = readSafetensors(await layersToSafetensors(model, { metadata: { critic: 'cosine' } }));
    expect(Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]))).toEqual({
      '0.weight': [3, 2, 2, 1],
      '1.weight': [3],
      '1.bias': [3],
      '1.running_mean': [3],
      '1.running_var': [3],
      '2.weight': [5, 36],
      '2.bias': [5],
    });
    expect(metadata.critic).toBe('cosine');
    await expect(layersToONNX(model, { objective: 'wpc' } as never)).rejects.toThrow("no option 'objective'");
  });

  it('leave no tensors behind', async () => {
    const model = chain(layers.dense({ inputShape: [3], units: 2 }));
    const before = tf.memory().numTensors;
    await layersToONNX(model);
    await layersToSafetensors(model);
    expect(tf.memory().numTensors).toBe(before);
  });
});
