import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  LipschitzConstraint,
  orthonormalConstraint,
  spectralConstraint,
  weightBallConstraint,
} from '../../../ts/tfjs/lipschitz/constraints.js';
import { applyConstraints, keepConstraints } from '../../../ts/tfjs/lipschitz/keep-constraints.js';
import { OptionsError } from '../../../ts/wasm/errors.js';
import { largestSingularValue, operatorNorm } from './operator-norm.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** A convolution and a dense layer, trained by steps that are large enough to leave every ball. */
function constrainedModel(): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [6, 6, 1],
        filters: 4,
        kernelSize: 3,
        strides: 2,
        kernelConstraint: spectralConstraint({ strides: 2 }),
      }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 5, kernelConstraint: orthonormalConstraint() }),
      tf.layers.dense({ units: 3, kernelConstraint: weightBallConstraint('l-infinity', { radius: 0.5 }) }),
    ],
  });
}

function norms(model: tf.Sequential): readonly number[] {
  const [conv, , first, second] = model.layers;
  const columns = tf.tidy(() => second.getWeights()[0].abs().sum(0).max().dataSync()[0]);
  const dense = first.getWeights()[0].arraySync() as number[][];
  const withoutBias = tf.layers.conv2d({
    filters: 4,
    kernelSize: 3,
    strides: 2,
    useBias: false,
    weights: [conv.getWeights()[0]],
  });
  return [operatorNorm(withoutBias, [6, 6, 1]), largestSingularValue(dense), columns];
}

describe('kernelConstraint', () => {
  it('holds from batch to batch of model.fit with keepConstraints, and is certified after it', async () => {
    const model = constrainedModel();
    model.compile({ loss: 'meanSquaredError', optimizer: tf.train.adam(0.1) });
    const [x, y] = [tf.randomNormal([32, 6, 6, 1], 0, 1, 'float32', 1), tf.randomNormal([32, 3], 0, 9, 'float32', 2)];
    const between: (readonly number[])[] = [];
    const kept = keepConstraints(model);
    await model.fit(x, y, {
      epochs: 3,
      batchSize: 8,
      verbose: 0,
      callbacks: {
        ...kept,
        onBatchEnd: async () => {
          await kept.onBatchEnd();
          between.push(norms(model));
        },
      },
    });
    expect(between).toHaveLength(12);
    between.push(norms(model));
    for (const [at, [conv, dense, last]] of between.entries()) {
      const slack = at === 12 ? 1e-5 : 1e-2;
      expect(conv).toBeLessThanOrEqual(1 + slack);
      expect(dense).toBeLessThanOrEqual(1 + slack);
      expect(last).toBeLessThanOrEqual(0.5 * (1 + 1e-5));
    }
    // Without them TensorFlow.js trains out of every ball.
    await model.fit(x, y, { epochs: 3, batchSize: 8, verbose: 0 });
    expect(norms(model)[1]).toBeGreaterThan(1.1);
  });

  it('leaks no tensors, also where a weight is no number', () => {
    const model = constrainedModel();
    const before = tf.memory().numTensors;
    applyConstraints(model);
    applyConstraints(model, { strict: true });
    expect(tf.memory().numTensors).toBe(before);
    const bad = tf.fill([16, 5], Number.NaN);
    expect(() => model.layers[2].setWeights([bad, tf.zeros([5])])).toThrow('NaN at row 0, column 0');
  });

  it("applies TensorFlow.js's own constraints too", () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({
          inputShape: [2],
          units: 2,
          kernelInitializer: 'ones',
          kernelConstraint: tf.constraints.maxNorm({ maxValue: 1 }),
        }),
      ],
    });
    applyConstraints(model);
    for (const value of model.getWeights()[0].dataSync()) expect(value).toBeCloseTo(Math.SQRT1_2, 5);
  });

  it('goes through model.json and back with its options, and leaves loaded weights as they were', async () => {
    const model = constrainedModel();
    applyConstraints(model, { strict: true });
    const { modelTopology, weightSpecs, weightData } = await saved(model);
    // As a file would hold it.
    const topology = JSON.parse(JSON.stringify(modelTopology));
    const loaded = (await tf.loadLayersModel(
      tf.io.fromMemory({ modelTopology: topology, weightSpecs, weightData }),
    )) as tf.Sequential;
    const configs = (from: tf.Sequential) => from.layers.map((layer) => layer.getConfig().kernelConstraint);
    expect(configs(loaded)).toEqual(configs(model));
    expect(configs(loaded)[0]).toEqual({
      className: 'KantorovichConstraint',
      config: { lipschitz: { name: 'spectral', norm: 1 }, strides: 2 },
    });
    const x = tf.randomNormal([5, 6, 6, 1], 0, 1, 'float32', 3);
    const outputs = (from: tf.Sequential) => (from.predict(x) as tf.Tensor).dataSync();
    const [one, other] = [outputs(model), outputs(loaded)];
    one.forEach((value, at) => {
      expect(Math.abs(value - other[at])).toBeLessThan(1e-5);
    });
  });

  it('refuses options that nothing would read, and values out of range, from files too', () => {
    expect(() => spectralConstraint({ norm: 0 })).toThrow(OptionsError);
    expect(() => spectralConstraint({ radius: 1 } as object)).toThrow("no option 'radius'");
    expect(() => orthonormalConstraint({ every: 4 } as object)).toThrow("no option 'every'");
    expect(() => weightBallConstraint('box', { radius: Number.NaN })).toThrow(OptionsError);
    expect(() => weightBallConstraint('l2' as 'box')).toThrow('got l2');
    expect(() => weightBallConstraint({ ball: 'frobenius', radius: 1 } as never)).toThrow(
      /^weightBallConstraint\(name, { radius }\) takes the name spectral-ball, .* first, got Object$/,
    );
    const config = { lipschitz: { name: 'gradient-penalty' } } as unknown;
    expect(() => LipschitzConstraint.fromConfig(LipschitzConstraint as never, config as never)).toThrow(
      'got gradient-penalty',
    );
  });
});

async function saved(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  return new Promise((resolve, reject) => {
    const handler = tf.io.withSaveHandler(async (artifacts) => {
      resolve(artifacts);
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    });
    model.save(handler).catch(reject);
  });
}
