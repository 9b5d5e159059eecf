import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { fit } from '../../../ts/tfjs/training/fit.js';
import type { TfjsFitOptions } from '../../../ts/tfjs/training/fit-options.js';
import { loadModel } from '../../../ts/tfjs/training/load-model.js';
import { fit as fitNative } from '../../../ts/training/fit.js';
import { type FitOptions, trainerSpec } from '../../../ts/training/fit-options.js';
import type { HistoryEntry } from '../../../ts/training/history.js';
import { loadModel as loadNative } from '../../../ts/training/model.js';
import { CheckpointError, OptionsError, StateError } from '../../../ts/wasm/errors.js';
import { liveResources } from '../../../ts/wasm/resource.js';
import { createTrainer } from '../../../ts/wasm/trainer.js';
import { tfjsBackends, useBackend } from '../../support/tfjs.js';
import { gaussianPairs } from '../../training/gaussian-pairs.js';
import { denseModel, smallRun, weightsOf } from './small-run.js';
import { tfjsOptions, twinModel } from './twins.js';

const figures = (history: readonly HistoryEntry[]) => history.map(({ examplesPerSecond: _, ...measured }) => measured);

const rows = { data: Float32Array.from({ length: 18 }, (_, i) => Math.sin(i)), rows: 3, cols: 6 };

describe.each(tfjsBackends)('fit with encoders of TensorFlow.js on the %s backend', (backend) => {
  beforeAll(() => useBackend(backend));

  it('has the history of a native run that begins with the same weights', async () => {
    const options: FitOptions = {
      pairs: gaussianPairs(64, 6, 1),
      heldOut: gaussianPairs(64, 6, 2),
      evaluateEvery: 25,
      encoder: '8-4',
      objective: 'cpc',
      batch: 8,
      steps: 100,
      learningRate: 1e-2,
      standardise: true,
      deterministic: true,
    };
    const spec = trainerSpec(options);
    using first = createTrainer(spec, options);
    const tensors = first.tensors('state');
    const twins = { x: twinModel(spec, tensors, 'x'), y: twinModel(spec, tensors, 'y') };
    const native = await fitNative(options);
    const { history, model, stopped, steps } = await fit(tfjsOptions(options, twins));
    expect({ stopped, steps }).toEqual({ stopped: native.stopped, steps: native.steps });
    expect(history).toHaveLength(100);
    history.forEach((entry, at) => {
      const other = native.history[at];
      expect(Math.abs(entry.loss - (other?.loss ?? Number.NaN))).toBeLessThan(1e-3);
      expect(entry.heldOut === null).toBe(other?.heldOut === null);
      if (entry.heldOut === null || !other?.heldOut) return;
      expect(Math.abs(entry.heldOut.value - other.heldOut.value)).toBeLessThan(1e-3);
      expect(Math.abs(entry.heldOut.wdmAll - other.heldOut.wdmAll)).toBeLessThan(1e-3);
    });
    const [one, two] = [model.embedX(rows), native.model.embedX(rows)];
    one.data.forEach((value, at) => {
      expect(value).toBeCloseTo(two.data[at] ?? Number.NaN, 2);
    });
    expect(model.topK(rows, rows, 2).indices).toEqual(native.model.topK(rows, rows, 2).indices);
    native.model.dispose();
    model.dispose();
    twins.x.dispose();
    twins.y.dispose();
  });

  it('trains the models in place, and what it ends with wraps them', async () => {
    const encoder = { x: denseModel(1), y: denseModel(5) };
    const before = weightsOf(encoder.x);
    const { model } = await fit(smallRun({ encoder }));
    expect(weightsOf(encoder.x)).not.toEqual(before);
    expect(model.encoders).toEqual(encoder);
    const predicted = tf.tidy(() => [
      ...(encoder.x.predict(tf.tensor2d(rows.data, [3, 6])) as tf.Tensor).dataSync<'float32'>(),
    ]);
    expect([...model.embedX(rows).data]).toEqual(predicted);
    model.dispose();
    expect(weightsOf(encoder.x)).toHaveLength(before.length);
  });

  it('goes on from a checkpoint bit for bit, with models made anew', async () => {
    const options = {
      heldOut: gaussianPairs(64, 6, 2),
      evaluateEvery: 10,
      earlyStopping: { patience: 3 },
      critic: {
        name: 'joint',
        temperature: 0.5,
        learnTemperature: true,
        weights: null,
        network: { hidden: [5], seed: 0, layers: null },
      },
      optimiser: 'adamw',
    } satisfies Partial<TfjsFitOptions>;
    const whole = await fit(smallRun(options));
    const files: Uint8Array[] = [];
    const stop = new AbortController();
    const part = await fit(
      smallRun({
        ...options,
        signal: stop.signal,
        checkpoint: { every: 100, save: (bytes) => void files.push(bytes) },
        onStep: ({ step }) => step === 17 && stop.abort(),
      }),
    );
    expect(part.stopped).toBe('aborted');
    const anew = { x: denseModel(1), y: denseModel(5) };
    for (const { weights } of Object.values(anew))
      for (const weight of weights) weight.write(tf.zerosLike(weight.read()));
    const rest = await fit(smallRun({ ...options, encoder: anew, resume: files.at(-1) }));
    expect([...figures(part.history), ...figures(rest.history)]).toEqual(figures(whole.history));
    expect(rest.model.toBytes()).toEqual(whole.model.toBytes());
    for (const { model } of [whole, part, rest]) model.dispose();
  });

  it('ends with the best model on held-out pairs, and leaves it in the encoders', async () => {
    const encoder = { x: denseModel(1), y: denseModel(5) };
    const kept: (readonly number[])[] = [];
    const values: number[] = [];
    const { model, stopped } = await fit(
      smallRun({
        encoder,
        learningRate: 0.3,
        steps: 400,
        heldOut: gaussianPairs(16, 6, 2),
        evaluateEvery: 1,
        earlyStopping: { patience: 5 },
        onStep({ heldOut }) {
          values.push(heldOut?.value ?? Number.NaN);
          kept.push(weightsOf(encoder.x));
        },
      }),
    );
    expect(stopped).toBe('early');
    expect(weightsOf(encoder.x)).toEqual(kept[values.indexOf(Math.max(...values))]);
    model.dispose();
  });

  it('is read back from its file with encoders of its own, and leaves no tensors', async () => {
    const encoder = denseModel(1);
    const [before, live] = [tf.memory().numTensors, liveResources()];
    const { model } = await fit(smallRun({ encoder, critic: 'bilinear', standardise: true }));
    const bytes = model.toBytes();
    const loaded = await loadModel(bytes, { deterministic: true });
    expect(loaded.encoders.x).toBe(loaded.encoders.y);
    expect(loaded.encoders.x).not.toBe(encoder);
    expect(loaded.embedX(rows)).toEqual(model.embedX(rows));
    expect(loaded.score(rows, rows)).toEqual(model.score(rows, rows));
    expect(loaded.toBytes()).toEqual(bytes);
    const over = await loadModel(bytes, { encoder, deterministic: true });
    expect(over.embedY(rows)).toEqual(model.embedY(rows));
    expect(() => loadNative(bytes)).toThrow(
      new CheckpointError(
        "this model's encoders are TensorFlow.js's: load it with loadModel from 'kantorovich/tfjs', go on with its fit",
      ),
    );
    for (const disposed of [model, loaded, over]) disposed.dispose();
    loaded.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(liveResources()).toEqual(live);
  });

  it('F3 A: holds as many tensors after 1,000 steps as after 10', async () => {
    const counts: number[] = [];
    const { model } = await fit(
      smallRun({ steps: 1000, critic: 'bilinear', onStep: () => void counts.push(tf.memory().numTensors) }),
    );
    expect(new Set(counts.slice(9))).toEqual(new Set([counts[9]]));
    model.dispose();
  });
});

describe('fit with encoders of TensorFlow.js', () => {
  beforeAll(() => useBackend('cpu'));

  it.each<[string, () => Partial<TfjsFitOptions>, RegExp]>([
    [
      'another model',
      () => ({ encoder: { x: denseModel(1, 9), y: denseModel(5) } }),
      /x\.topology\..*units 8, those given have 9/,
    ],
    ['one model for both', () => ({ encoder: denseModel(1) }), /yWidths|encoders have y/],
    ['another objective', () => ({ objective: 'nwj' }), /objective "cpc", this one has "nwj"/],
    ['standardised inputs', () => ({ standardise: true }), /standardise must be false/],
  ])('refuses to go on with %s', async (_, more, message) => {
    const files: Uint8Array[] = [];
    const run = await fit(smallRun({ steps: 3, checkpoint: { every: 1, save: (bytes) => void files.push(bytes) } }));
    run.model.dispose();
    const resumed = fit(smallRun({ ...more(), resume: files.at(-1) }));
    await expect(resumed).rejects.toThrow(message);
    await expect(resumed).rejects.toThrow(CheckpointError);
    const native = fitNative({ pairs: gaussianPairs(64, 6, 1), resume: files.at(-1) });
    await expect(native).rejects.toThrow(/TensorFlow.js: go on with fit of 'kantorovich\/tfjs'/);
  });

  it.each([
    ['activation', 'relu'],
    ['bias', true],
    ['initialisation', 'he'],
    ['shared', true],
  ])('refuses %s, which models bring themselves', async (name, value) => {
    await expect(fit({ ...smallRun(), [name]: value })).rejects.toThrow(
      new RegExp(`fit of 'kantorovich/tfjs' takes no ${name}: `),
    );
  });

  it('refuses what is no encoder, and options that there are not', async () => {
    const refused = (more: object) => fit({ ...smallRun(), ...more });
    await expect(refused({ encoder: 'mlp' })).rejects.toThrow(/must be a tf.LayersModel.*got "mlp"; encoders by name/);
    await expect(refused({ encoder: { x: denseModel(1) } })).rejects.toThrow(OptionsError);
    await expect(refused({ encodr: 1 })).rejects.toThrow(/fit has no option 'encodr'/);
    await expect(refused({ learningRate: -1 })).rejects.toThrow(/learning rate must be finite and above 0/);
    await expect(refused({ encoder: tf.sequential() })).rejects.toThrow(/x is not built/);
    const disposed = denseModel(1);
    disposed.dispose();
    await expect(refused({ encoder: disposed })).rejects.toThrow(StateError);
    const native = fitNative({ pairs: gaussianPairs(64, 6, 1), encoder: denseModel(1) as unknown as string });
    await expect(native).rejects.toThrow(/got Sequential; LayersModels are for fit of 'kantorovich\/tfjs'/);
    await expect(refused({ lipschitz: 'lagrangian' })).rejects.toThrow(/lagrangian/);
  });
});
