import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { contrastiveLoss, registerKernels } from '../../../ts/entries/tfjs-node.js';
import { expectClose } from '../../support/close.js';
import { seededRandom } from '../../support/random.js';
import { useBackend } from '../../support/tfjs.js';

/** Two encoders of convolutions, pooling and dense layers, which begin the same each time. */
function openEncoders() {
  return [0, 100].map((first) => {
    let seed = first;
    const drawn = () => tf.initializers.glorotUniform({ seed: ++seed });
    return tf.sequential({
      layers: [
        tf.layers.conv2d({
          inputShape: [12, 12, 1],
          filters: 6,
          kernelSize: 3,
          activation: 'relu',
          kernelInitializer: drawn(),
        }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, padding: 'same', kernelInitializer: drawn() }),
        tf.layers.activation({ activation: 'tanh' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 16, useBias: false, kernelInitializer: drawn() }),
      ],
    });
  });
}

/** The losses of 20 steps on pairs of an image and itself with noise. */
async function lossesOn(backend: 'cpu' | 'wasm'): Promise<number[]> {
  await useBackend(backend);
  const random = seededRandom(1);
  const images = Float32Array.from({ length: 24 * 144 }, () => random.normal());
  const noisy = images.map((value) => value + 0.5 * random.normal());
  const [a, b] = [images, noisy].map((values) => tf.tensor4d(values, [24, 12, 12, 1]));
  const [f, g] = openEncoders();
  const optimizer = tf.train.adam(0.003);
  const loss = contrastiveLoss({ objective: 'cpc', deterministic: true });
  const losses = Array.from({ length: 20 }, () =>
    tf.tidy(() => {
      const step = () => loss(f.apply(a) as tf.Tensor2D, g.apply(b) as tf.Tensor2D);
      return optimizer.minimize(step, true)?.dataSync()[0] ?? Number.NaN;
    }),
  );
  for (const held of [a, b, f, g, optimizer, loss]) held.dispose();
  return losses;
}

describe('training on the wasm backend', () => {
  it('F1: convolutions and dense layers have the losses of the cpu backend, step by step', async () => {
    registerKernels();
    const expected = await lossesOn('cpu');
    const found = await lossesOn('wasm');
    expect(expected[19]).toBeLessThan(expected[0] - 0.5);
    expectClose(found, expected, { absolute: 1e-4 }, 'loss of step');
  });
});
