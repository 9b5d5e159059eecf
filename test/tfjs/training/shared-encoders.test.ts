import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { arrayPairs } from '../../../ts/data/array-pairs.js';
import { contrastiveLoss } from '../../../ts/tfjs/loss/contrastive-loss.js';
import { fit } from '../../../ts/tfjs/training/fit.js';
import { loadModel } from '../../../ts/tfjs/training/load-model.js';
import { CheckpointError } from '../../../ts/wasm/errors.js';
import { random } from '../../../ts/wasm/random.js';
import { tfjsBackends, useBackend } from '../../support/tfjs.js';
import { smallRun, weightsOf } from './small-run.js';

const drawn = (seed: number) => ({ kernelInitializer: tf.initializers.glorotUniform({ seed }) });

/** Encoders of x and y over one trunk, a dense layer of 6 numbers to 5. */
function overOneTrunk(regularised = false) {
  const regulariser = regularised ? { kernelRegularizer: tf.regularizers.l2({ l2: 0.1 }) } : {};
  const trunk = tf.layers.dense({ units: 5, activation: 'tanh', name: 'trunk', ...drawn(1), ...regulariser });
  const over = (seed: number): tf.LayersModel => {
    const input = tf.input({ shape: [6] });
    const head = tf.layers.dense({ units: 3, ...drawn(seed) });
    return tf.model({ inputs: input, outputs: head.apply(trunk.apply(input)) as tf.SymbolicTensor });
  };
  return { trunk, x: over(2), y: over(3) };
}

function gaussian(seed: number, count: number) {
  using stream = random(seed);
  return { data: Float32Array.from({ length: count * 6 }, () => stream.normal()), rows: count, cols: 6 };
}

/** The batch of a run of one step: all of its pairs, in an order that a contrastive loss does not see. */
const batch = { x: gaussian(1, 8), y: gaussian(2, 8) };
const oneStep = {
  pairs: arrayPairs(batch),
  steps: 1,
  learningRate: 0.1,
  optimiser: { name: 'sgd', momentum: 0 },
} as const;

/** The gradients of the run's loss by TensorFlow.js itself, by variables' names. */
function gradientsOf(x: (rows: tf.Tensor) => tf.Tensor, y: (rows: tf.Tensor) => tf.Tensor) {
  const loss = contrastiveLoss({ objective: 'cpc', deterministic: true });
  const rows = ({ data }: typeof batch.x) => tf.tensor2d(data, [8, 6]);
  const { grads } = tf.tidy(() =>
    tf.variableGrads(() => loss(x(rows(batch.x)) as tf.Tensor2D, y(rows(batch.y)) as tf.Tensor2D)),
  );
  return new Map(Object.entries(grads).map(([name, gradient]) => [name, [...gradient.dataSync<'float32'>()]]));
}

const normOf = (gradients: ReadonlyMap<string, readonly number[]>) => Math.hypot(...[...gradients.values()].flat());

describe.each(tfjsBackends)('encoders that share variables on the %s backend', (backend) => {
  beforeAll(() => useBackend(backend));

  it('move what they share once, down the sum of both gradients', async () => {
    const { trunk, x, y } = overOneTrunk();
    const gradients = gradientsOf(
      (rows) => x.apply(rows) as tf.Tensor,
      (rows) => y.apply(rows) as tf.Tensor,
    );
    const kernel = trunk.weights[0]?.read() as tf.Variable;
    const before = [...kernel.dataSync<'float32'>()];
    const { model, history } = await fit(smallRun({ encoder: { x, y }, ...oneStep }));
    const expected = gradients.get(kernel.name) ?? [];
    [...kernel.dataSync<'float32'>()].forEach((value, at) => {
      expect(value).toBeCloseTo((before[at] ?? Number.NaN) - 0.1 * (expected[at] ?? Number.NaN), 5);
    });
    expect(history[0]?.gradientNorm).toBeCloseTo(normOf(gradients), 4);
    model.dispose();
  });

  it('do so as functions too, of a variable that one lists twice', async () => {
    const kernel = tf.variable(tf.randomNormal([6, 3], 0, 1, 'float32', 5));
    const encoder = (bend: (rows: tf.Tensor) => tf.Tensor) => ({
      apply: (rows: tf.Tensor) => bend(tf.matMul(rows, kernel)) as tf.Tensor2D,
      variables: [kernel, kernel],
      outputDim: 3,
    });
    const [x, y] = [encoder(tf.tanh), encoder(tf.sin)];
    const gradients = gradientsOf(x.apply, y.apply);
    const { model, history } = await fit(smallRun({ encoder: { x, y }, ...oneStep }));
    expect(history[0]?.gradientNorm).toBeCloseTo(normOf(gradients), 4);
    model.dispose();
    kernel.dispose();
  });

  it('are saved, loaded as encoders of their own, and gone on with', async () => {
    const shared = overOneTrunk();
    const whole = await fit(smallRun({ encoder: { x: shared.x, y: shared.y }, steps: 6 }));
    const bytes = whole.model.toBytes();
    const rows = gaussian(9, 3);
    const loaded = await loadModel(bytes, { deterministic: true });
    expect(loaded.embedX(rows)).toEqual(whole.model.embedX(rows));
    expect(loaded.embedY(rows)).toEqual(whole.model.embedY(rows));
    expect(loaded.toBytes()).toEqual(bytes);
    loaded.dispose();
    const saved: Uint8Array[] = [];
    const stop = new AbortController();
    const part = await fit(
      smallRun({
        encoder: overOneTrunk(),
        steps: 6,
        signal: stop.signal,
        checkpoint: { every: 99, save: (file) => void saved.push(file.slice()) },
        onStep: ({ step }) => step === 3 && stop.abort(),
      }),
    );
    const rest = await fit(smallRun({ encoder: overOneTrunk(), steps: 6, resume: saved.at(-1) }));
    expect(rest.model.toBytes()).toEqual(bytes);
    for (const { model } of [whole, part, rest]) model.dispose();
  });
});

describe('encoders that share variables', () => {
  beforeAll(() => useBackend('cpu'));

  it('refuse the parameters of encoders that do not', async () => {
    const apart = { x: overOneTrunk().x, y: overOneTrunk().y };
    const saved: Uint8Array[] = [];
    const run = await fit(
      smallRun({ encoder: apart, steps: 3, checkpoint: { every: 1, save: (file) => void saved.push(file.slice()) } }),
    );
    const [x, y] = [weightsOf(apart.x), weightsOf(apart.y)];
    expect(x).not.toEqual(y);
    const shared = overOneTrunk();
    const over = loadModel(run.model.toBytes(), { encoder: shared });
    await expect(over).rejects.toThrow(/encoder\.x\.trunk\.kernel and encoder\.y\.trunk\.kernel are one variable/);
    await expect(over).rejects.toThrow(CheckpointError);
    await expect(fit(smallRun({ encoder: shared, resume: saved.at(-1), steps: 3 }))).rejects.toThrow(CheckpointError);
    run.model.dispose();
  });

  it.each<[string, () => tf.LayersModel]>([
    [
      'nested models',
      () =>
        tf.sequential({
          layers: [
            tf.sequential({
              layers: [
                tf.layers.dense({ units: 5, inputShape: [6], kernelRegularizer: tf.regularizers.l2({ l2: 0.1 }) }),
              ],
            }),
            tf.layers.dense({ units: 3 }),
          ],
        }),
    ],
    [
      'recurrent layers',
      () =>
        tf.sequential({
          layers: [
            tf.layers.reshape({ targetShape: [2, 3], inputShape: [6] }),
            tf.layers.lstm({ units: 3, kernelRegularizer: tf.regularizers.l2({ l2: 0.1 }) }),
          ],
        }),
    ],
    [
      'layers that are wrapped',
      () =>
        tf.sequential({
          layers: [
            tf.layers.reshape({ targetShape: [2, 3], inputShape: [6] }),
            tf.layers.timeDistributed({
              layer: tf.layers.dense({ units: 3, kernelRegularizer: tf.regularizers.l2({ l2: 0.1 }) }),
            }),
            tf.layers.flatten(),
          ],
        }),
    ],
  ])('regularisers of %s cost what they say', async (_, made) => {
    const encoder = made();
    const kernel = [...(encoder.getWeights()[0]?.dataSync() ?? [])];
    const { model, history } = await fit(smallRun({ encoder, steps: 1 }));
    expect(history[0]?.penalty).toBeCloseTo(0.1 * kernel.reduce((sum, value) => sum + value * value, 0), 5);
    model.dispose();
  });

  it('regularisers of a layer that both encoders share cost once', async () => {
    const { trunk, x, y } = overOneTrunk(true);
    const kernel = [...(trunk.getWeights()[0]?.dataSync() ?? [])];
    const { model, history } = await fit(smallRun({ encoder: { x, y }, steps: 1 }));
    expect(history[0]?.penalty).toBeCloseTo(0.1 * kernel.reduce((sum, value) => sum + value * value, 0), 5);
    model.dispose();
  });
});
