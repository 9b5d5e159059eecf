import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { arrayPairs } from '../../../ts/data/array-pairs.js';
import { gradientPenalty, orthonormal } from '../../../ts/lipschitz/lipschitz.js';
import { spectralConstraint } from '../../../ts/tfjs/lipschitz/constraints.js';
import { fit } from '../../../ts/tfjs/training/fit.js';
import { tfjsRun } from '../../../ts/tfjs/training/fit-options.js';
import { loadModel } from '../../../ts/tfjs/training/load-model.js';
import { tfjsTrainer } from '../../../ts/tfjs/training/trainer.js';
import { DataError, GradientError, OptionsError } from '../../../ts/wasm/errors.js';
import { random } from '../../../ts/wasm/random.js';
import { tensorsLeftBy, tfjsBackends, useBackend } from '../../support/tfjs.js';
import { smallRun, weightsOf } from './small-run.js';

const rows = { data: Float32Array.from({ length: 18 }, (_, i) => Math.sin(i)), rows: 3, cols: 6 };
const input = { inputShape: [6] };

function norms(weight: tf.Tensor): readonly number[] {
  return tf.tidy(() => [...tf.norm(weight, 2, 0).dataSync()]);
}

describe.each(tfjsBackends)('layers of a model in training on the %s backend', (backend) => {
  beforeAll(() => useBackend(backend));

  it('batch normalisation: averages move in steps only, and are saved', async () => {
    const normalised = () =>
      tf.sequential({
        layers: [
          tf.layers.dense({ units: 8, ...input }),
          tf.layers.batchNormalization(),
          tf.layers.dense({ units: 4 }),
        ],
      });
    const encoder = normalised();
    const before = weightsOf(encoder);
    const { model } = await fit(smallRun({ encoder, steps: 5 }));
    const [mean, variance] = encoder.getWeights().slice(-2);
    expect([...(mean?.dataSync() ?? [])].some((value) => value !== 0)).toBe(true);
    expect([...(variance?.dataSync() ?? [])].some((value) => value !== 1)).toBe(true);
    expect(weightsOf(encoder)).not.toEqual(before);
    const after = weightsOf(encoder);
    model.embedX(rows);
    model.evaluate(gaussian(16), gaussian(16));
    expect(weightsOf(encoder)).toEqual(after);
    const loaded = await loadModel(model.toBytes(), { deterministic: true });
    expect(loaded.embedX(rows)).toEqual(model.embedX(rows));
    loaded.dispose();
    model.dispose();
  });

  it('dropout: embeddings are without it', async () => {
    const encoder = tf.sequential({
      layers: [tf.layers.dropout({ rate: 0.5, ...input }), tf.layers.dense({ units: 4 })],
    });
    const { model } = await fit(smallRun({ encoder, steps: 3 }));
    expect(model.embedX(rows)).toEqual(model.embedX(rows));
    model.dispose();
  });

  it("keeps layers' own constraints after every step, and after early stopping", async () => {
    const encoder = tf.sequential({
      layers: [
        tf.layers.dense({ units: 8, kernelConstraint: tf.constraints.unitNorm({ axis: 0 }), ...input }),
        tf.layers.dense({ units: 4, kernelConstraint: spectralConstraint({ norm: 0.5 }) }),
      ],
    });
    const { model } = await fit(
      smallRun({
        encoder,
        steps: 10,
        onStep() {
          for (const norm of norms(encoder.getWeights()[0] as tf.Tensor)) expect(norm).toBeCloseTo(1, 5);
        },
      }),
    );
    const second = model.tensors().find(({ name }) => name.endsWith('dense_Dense2.kernel'));
    expect(Math.hypot(...(second?.data ?? [Number.NaN]))).toBeLessThanOrEqual(0.5 * 2);
    model.dispose();
  });

  it('leaves frozen layers as they are, and refuses to train nothing', async () => {
    const encoder = tf.sequential({
      layers: [tf.layers.dense({ units: 8, trainable: false, ...input }), tf.layers.dense({ units: 4 })],
    });
    const [kernel] = encoder.layers[0]?.getWeights() ?? [];
    const before = [...(kernel?.dataSync() ?? [])];
    const { model } = await fit(smallRun({ encoder, steps: 5 }));
    expect([...(encoder.layers[0]?.getWeights()[0]?.dataSync() ?? [])]).toEqual(before);
    model.dispose();
    encoder.trainable = false;
    for (const layer of encoder.layers) layer.trainable = false;
    await expect(fit(smallRun({ encoder }))).rejects.toThrow(/nothing to train/);
  });

  it('refuses layers that are stateful, nested ones too', async () => {
    const memory = tf.layers.lstm({ units: 4, stateful: true, name: 'kept', batchInputShape: [8, 2, 3] });
    const encoder = tf.sequential({
      layers: [
        tf.layers.reshape({ targetShape: [2, 3], batchInputShape: [8, 6] }),
        tf.sequential({ layers: [memory] }),
        tf.layers.dense({ units: 3 }),
      ],
    });
    const run = fit(smallRun({ encoder }));
    await expect(run).rejects.toThrow(/^kept of the encoder of x is stateful/);
    await expect(run).rejects.toThrow(OptionsError);
  });

  it('adds what regularisers cost to the penalty', async () => {
    const encoder = tf.sequential({
      layers: [tf.layers.dense({ units: 4, kernelRegularizer: tf.regularizers.l2({ l2: 0.1 }), ...input })],
    });
    const cost = 0.1 * weightsOf(encoder).reduce((sum, value) => sum + value * value, 0);
    const { model, history } = await fit(smallRun({ encoder, steps: 1 }));
    expect(history[0]?.penalty).toBeCloseTo(cost, 5);
    expect(history[0]?.loss).toBeCloseTo(cost - (history[0]?.value ?? Number.NaN), 5);
    model.dispose();
  });

  it('A4: a step that is not finite is refused by its number, and changes nothing', async () => {
    const encoder = tf.sequential({
      layers: [tf.layers.dense({ units: 4, ...input }), tf.layers.batchNormalization()],
    });
    const x = gaussian(24);
    x.data.fill(1e30, 16 * 6);
    const kept: (readonly number[])[] = [];
    const before = tf.memory().numTensors;
    const run = fit(
      smallRun({
        encoder,
        pairs: { ...arrayPairs({ x, y: gaussian(24) }), batches: inOrder(x, gaussian(24), 8) },
        onStep: () => void kept.push(weightsOf(encoder)),
      }),
    );
    await expect(run).rejects.toThrow(/^step 3 was not taken/);
    await expect(run).rejects.toThrow(DataError);
    expect(kept).toHaveLength(2);
    expect(weightsOf(encoder)).toEqual(kept[1]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('a constraint of the run holds kernels, and what is embedded and saved', async () => {
    const { spec, encoders } = tfjsRun(
      smallRun({ objective: 'wpc', critic: 'bilinear', lipschitz: orthonormal({ every: 4 }), learningRate: 0.1 }),
    );
    using trainer = tfjsTrainer(spec, encoders, { deterministic: true });
    trainer.x().set(gaussian(8).data);
    trainer.y().set(gaussian(8).data);
    trainer.step();
    const raw = trainer.tensors('state');
    const exported = trainer.tensors('export');
    for (const { name, data, shape } of exported) {
      if (shape.length !== 2) continue;
      expect(largestSingularValue(data, shape)).toBeCloseTo(1, 4);
      const before = raw.find((tensor) => tensor.name === name)?.data ?? data;
      expect(Math.abs(largestSingularValue(before, shape) - 1)).toBeGreaterThan(1e-3);
    }
    const embedded = trainer.embed('x', rows);
    expect(trainer.tensors('state')).toEqual(raw);
    using opened = tfjsTrainer(spec, tfjsRun(smallRun()).encoders, { deterministic: true });
    opened.restore(exported, null);
    expect(embedded).toEqual(opened.embed('x', rows));
  });

  it('refuses constraints by kernels where a layer has none, naming it', async () => {
    const encoder = tf.sequential({
      layers: [tf.layers.reshape({ targetShape: [3, 2], ...input }), tf.layers.lstm({ units: 4, name: 'memory' })],
    });
    const run = fit(smallRun({ encoder, lipschitz: 'orthonormal' }));
    await expect(run).rejects.toThrow(/encoder\.x\.memory\.kernel is none/);
    await expect(run).rejects.toThrow(OptionsError);
  });

  it('F3 B: a gradient penalty through an op without a second derivative is refused, naming op and layer', async () => {
    const encoder = tf.sequential({
      layers: [tf.layers.dense({ units: 8, activation: 'elu', name: 'bent', ...input }), tf.layers.dense({ units: 4 })],
    });
    const run = fit(smallRun({ encoder, objective: 'wpc' }));
    await expect(run).rejects.toThrow(/Elu.*bent/i);
    await expect(run).rejects.toThrow(GradientError);
  });
});

function gaussian(count: number) {
  using stream = random(count);
  return { data: Float32Array.from({ length: count * 6 }, () => stream.normal()), rows: count, cols: 6 };
}

/** Batches one after the other, so that it is known which holds what. */
function inOrder(x: ReturnType<typeof gaussian>, y: ReturnType<typeof gaussian>, size: number) {
  return function* () {
    for (let at = 0; at + size <= x.rows; at += size) {
      const part = ({ data, cols }: typeof x) => data.slice(at * cols, (at + size) * cols);
      const cursor = { batches: at / size + 1, epoch: 0, position: at, dropped: 0, random: [] };
      yield { size, x: part(x), y: part(y), cursor };
    }
  };
}

/** By 500 iterations of the power method. */
function largestSingularValue(data: Float32Array, [rows = 0, cols = 0]: readonly number[]): number {
  let v = Array.from({ length: cols }, (_, i) => Math.cos(i + 1));
  let norm = 0;
  for (let round = 0; round < 500; round++) {
    const u = Array.from({ length: rows }, (_, i) =>
      v.reduce((sum, value, k) => sum + value * (data[i * cols + k] ?? 0), 0),
    );
    const w = v.map((_, k) => u.reduce((sum, value, i) => sum + value * (data[i * cols + k] ?? 0), 0));
    const length = Math.hypot(...w);
    norm = Math.sqrt(length / Math.hypot(...v));
    v = w.map((value) => value / length);
  }
  return norm;
}

describe('a function of tensors', () => {
  beforeAll(() => useBackend('cpu'));

  it('that throws, or has no gradient, ends the run and leaves no tensors', async () => {
    const scale = tf.variable(tf.scalar(1));
    const narrow = (rows: tf.Tensor) => tf.slice(tf.mul(rows, scale), [0, 0], [-1, 3]);
    const throwing = (rows: tf.Tensor): tf.Tensor => {
      tf.square(tf.mul(rows, scale));
      throw new Error('mine');
    };
    const bad = tf.customGrad((rows) => ({
      value: tf.mul(rows as tf.Tensor, 2),
      gradFunc: () => {
        throw new Error('no gradient');
      },
    }));
    const backwards = (rows: tf.Tensor) => bad(tf.mul(rows, scale));
    for (const [apply, message] of [
      [narrow, /gave a tensor of \[8,3\], expected \[8,6\]/],
      [throwing, /^mine$/],
      [backwards, /^no gradient$/],
    ] as const) {
      const left = await tensorsLeftBy(async () => {
        const encoder = { apply: (rows: tf.Tensor) => apply(rows) as tf.Tensor2D, variables: [scale], outputDim: 6 };
        await expect(fit(smallRun({ encoder }))).rejects.toThrow(message);
      });
      expect(left).toBe(0);
    }
  });
});

describe('a layer that is frozen', () => {
  beforeAll(() => useBackend('cpu'));

  const frozenModels: readonly (readonly [string, () => tf.LayersModel])[] = [
    [
      'itself',
      () =>
        tf.sequential({
          layers: [
            tf.layers.dense({ units: 5, ...input }),
            tf.layers.batchNormalization({ trainable: false }),
            tf.layers.dense({ units: 3 }),
          ],
        }),
    ],
    [
      'in a frozen model',
      () => {
        const inner = tf.sequential({
          layers: [tf.layers.dense({ units: 5, ...input }), tf.layers.batchNormalization()],
        });
        inner.trainable = false;
        return tf.sequential({ layers: [inner, tf.layers.dense({ units: 3 })] });
      },
    ],
    [
      'in a wrapper',
      () =>
        tf.sequential({
          layers: [
            tf.layers.reshape({ targetShape: [2, 3], ...input }),
            tf.layers.timeDistributed({ layer: tf.layers.batchNormalization({ trainable: false }), trainable: false }),
            tf.layers.flatten(),
            tf.layers.dense({ units: 3 }),
          ],
        }),
    ],
  ];

  it.each(frozenModels)('normalises with its averages, and leaves them as they are: %s', async (_, made) => {
    const encoder = made();
    const averages = encoder.weights.filter(({ originalName }) => originalName.includes('moving_'));
    expect(averages).toHaveLength(2);
    averages.forEach((weight, at) => {
      weight.write(tf.fill(weight.shape as number[], at + 2));
    });
    const { history, model } = await fit(smallRun({ encoder, steps: 2, learningRate: 1e-30, batch: 64 }));
    averages.forEach((weight, at) => {
      expect(new Set(weight.read().dataSync())).toEqual(new Set([at + 2]));
    });
    const pairs = { x: new Float32Array(), y: new Float32Array() };
    for await (const { x, y } of smallRun().pairs.batches({ batch: 64, seed: 0 })) {
      Object.assign(pairs, { x, y });
      break;
    }
    const matrix = (data: Float32Array) => ({ data, rows: 64, cols: 6 });
    const { value } = model.evaluate(matrix(pairs.x), matrix(pairs.y));
    // In training as in inference, but for the order of the pairs.
    for (const entry of history) expect(entry.value).toBeCloseTo(value, 4);
    model.dispose();
  });
});

describe('a run with a projection', () => {
  beforeAll(() => useBackend('cpu'));

  it('of layers that have none is refused for a penalty that is taken of them', async () => {
    const encoder = tf.sequential({
      layers: [tf.layers.reshape({ targetShape: [2, 3], ...input }), tf.layers.lstm({ units: 3 })],
    });
    const refused = fit(smallRun({ encoder, lipschitz: 'spectral' }));
    await expect(refused).rejects.toThrow(
      /lstm.* is none: freeze its layer, or take gradientPenalty\({ over: 'embeddings' }\)/,
    );
    const { history, model } = await fit(
      smallRun({ encoder, steps: 2, lipschitz: gradientPenalty({ over: 'embeddings', points: 4, target: 0 }) }),
    );
    for (const { penalty } of history) expect(penalty).toBeGreaterThan(0);
    model.dispose();
  });

  const wild = () =>
    tf.sequential({
      layers: [
        tf.layers.dense({
          units: 5,
          kernelInitializer: tf.initializers.randomNormal({ stddev: 5, seed: 1 }),
          ...input,
        }),
      ],
    });

  it('begins within the constraint, as native runs do', async () => {
    const encoder = wild();
    const seen: number[] = [];
    const { model } = await fit(
      smallRun({
        encoder,
        steps: 3,
        learningRate: 1e-4,
        lipschitz: orthonormal({ every: 4 }),
        onStep() {
          const [kernel] = encoder.getWeights();
          seen.push(largestSingularValue(kernel?.dataSync<'float32'>() ?? new Float32Array(), [6, 5]));
        },
      }),
    );
    expect(seen).toHaveLength(3);
    for (const norm of seen) expect(Math.abs(norm - 1)).toBeLessThan(1e-2);
    model.dispose();
  });

  it('ends with a model that its file gives again, where its constraint and a layer’s own do not commute', async () => {
    const encoder = tf.sequential({
      layers: [tf.layers.dense({ units: 5, kernelConstraint: tf.constraints.nonNeg(), ...input })],
    });
    const { model } = await fit(smallRun({ encoder, steps: 3, lipschitz: 'orthonormal', learningRate: 0.1 }));
    const bytes = model.toBytes();
    const embeddings = model.embedX(rows);
    const predicted = tf.tidy(() => (encoder.predict(tf.tensor2d(rows.data, [3, 6])) as tf.Tensor).dataSync());
    expect([...embeddings.data]).toEqual([...predicted]);
    const loaded = await loadModel(bytes, { deterministic: true });
    expect(loaded.embedX(rows)).toEqual(embeddings);
    expect(loaded.toBytes()).toEqual(bytes);
    loaded.dispose();
    model.dispose();
  });

  it('ends with a view of its encoder, all of it as the encoder is at the time', async () => {
    const encoder = wild();
    const { model } = await fit(smallRun({ encoder, steps: 2, lipschitz: 'spectral' }));
    model.embedX(rows);
    const later = await fit(smallRun({ encoder, steps: 5, lipschitz: 'none', learningRate: 0.3 }));
    expect(model.embedX(rows)).toEqual(later.model.embedX(rows));
    const held = encoder.getWeights().map((weight) => [...weight.dataSync()]);
    expect(model.tensors().map(({ data }) => [...data])).toEqual(held);
    expect(model.certify().encoders).toEqual(later.model.certify().encoders);
    for (const run of [model, later.model]) run.dispose();
  });

  it('a step that takes weights out of range is refused, and changes nothing', async () => {
    const encoder = wild();
    const saved: Uint8Array[] = [];
    const before = weightsOf(encoder);
    const run = fit(
      smallRun({
        encoder,
        steps: 3,
        learningRate: 3e38,
        optimiser: 'sgd',
        checkpoint: { every: 1, save: (bytes) => void saved.push(bytes) },
      }),
    );
    await expect(run).rejects.toThrow(/^step 1 was not taken: encoder\.x\..* after the step must be finite/);
    await expect(run).rejects.toThrow(DataError);
    expect(weightsOf(encoder)).toEqual(before);
    expect(saved).toHaveLength(0);
  });
});
