import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { arrayPairs } from '../../../ts/data/array-pairs.js';
import { gradientPenalty } from '../../../ts/lipschitz/lipschitz.js';
import { registerKernels } from '../../../ts/tfjs/kernels/register-kernels.js';
import { fit } from '../../../ts/tfjs/training/fit.js';
import { loadModel } from '../../../ts/tfjs/training/load-model.js';
import { GradientError } from '../../../ts/wasm/errors.js';
import { tfjsBackends, useBackend } from '../../support/tfjs.js';
import { smallRun } from './small-run.js';

const whole = (rows: number, factor: number) => ({
  data: Float32Array.from({ length: rows * 6 }, (_, i) => (i * factor) % 10),
  rows,
  cols: 6,
});
const indices = arrayPairs({ x: whole(64, 7), y: whole(64, 3) });

const embeds = (): tf.LayersModel =>
  tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: 10, outputDim: 4, inputLength: 6, name: 'words' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3 }),
    ],
  });

function embedsInt32(): tf.LayersModel {
  const input = tf.input({ shape: [6], dtype: 'int32' });
  const words = tf.layers.embedding({ inputDim: 10, outputDim: 4 }).apply(input);
  const flat = tf.layers.flatten().apply(words);
  return tf.model({ inputs: input, outputs: tf.layers.dense({ units: 3 }).apply(flat) as tf.SymbolicTensor });
}

function usedTwice(): tf.LayersModel {
  const input = tf.input({ shape: [6] });
  const layer = tf.layers.dense({ units: 6 });
  const twice = layer.apply(layer.apply(input));
  return tf.model({ inputs: input, outputs: tf.layers.dense({ units: 3 }).apply(twice) as tf.SymbolicTensor });
}

const nestedTwice = (): tf.LayersModel =>
  tf.sequential({
    layers: [
      tf.sequential({
        layers: [
          tf.layers.dense({ units: 5, inputShape: [6] }),
          tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [5] })] }),
        ],
      }),
      tf.layers.dense({ units: 3 }),
    ],
  });

describe.each(tfjsBackends)('loadModel on the %s backend', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    // The backend alone has no gradient of an embedding.
    if (backend === 'wasm') registerKernels();
  });

  it.each([
    ['float32', embeds],
    ['int32', embedsInt32],
  ])('reads models that begin with an embedding of %s, and their checkpoints go on', async (_, made) => {
    const saved: Uint8Array[] = [];
    const encoder = made();
    const { model } = await fit(
      smallRun({
        encoder,
        pairs: indices,
        steps: 2,
        checkpoint: { every: 1, save: (bytes) => void saved.push(bytes) },
      }),
    );
    const loaded = await loadModel(model.toBytes(), { deterministic: true });
    expect(loaded.embedX(whole(3, 9))).toEqual(model.embedX(whole(3, 9)));
    expect(loaded.toBytes()).toEqual(model.toBytes());
    // Both an encoder made anew and one that was read.
    for (const encoder of [made(), loaded.encoders]) {
      const rest = await fit(
        smallRun({ encoder: 'x' in encoder ? encoder.x : encoder, pairs: indices, steps: 3, resume: saved.at(-1) }),
      );
      expect(rest.steps).toBe(3);
      rest.model.dispose();
    }
    loaded.dispose();
    model.dispose();
  });

  it.each([
    ['used twice', usedTwice],
    ['in a model in a model', nestedTwice],
  ])('leaves no tensors of layers that are %s once it is disposed of', async (_, made) => {
    const { model } = await fit(smallRun({ encoder: made(), steps: 1 }));
    const bytes = model.toBytes();
    const before = tf.memory().numTensors;
    const loaded = await loadModel(bytes);
    expect(tf.memory().numTensors).toBeGreaterThan(before);
    loaded.dispose();
    loaded.dispose();
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it('F3 B: a gradient penalty by whole numbers is refused, naming op and layer, and over embeddings it runs', async () => {
    const before = tf.memory().numTensors;
    const encoder = embeds();
    const left = tf.memory().numTensors - before;
    const run = fit(smallRun({ encoder, pairs: indices, objective: 'wpc' }));
    await expect(run).rejects.toThrow(
      /GatherV2 \(layer "words"\) takes whole numbers: take gradientPenalty\(\{ over: 'embeddings' \}\)/,
    );
    await expect(run).rejects.toThrow(GradientError);
    expect(tf.memory().numTensors - before).toBe(left);
    const lipschitz = gradientPenalty({ over: 'embeddings' });
    const { model, history } = await fit(smallRun({ encoder, pairs: indices, objective: 'wpc', lipschitz, steps: 2 }));
    expect(history).toHaveLength(2);
    model.dispose();
  });
});
