import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { StateError } from '../../../ts/entries/node.js';
import { contrastiveLoss, fit, registerKernels } from '../../../ts/entries/tfjs-node.js';
import { tensorsLeftBy, useBackend } from '../../support/tfjs.js';
import { smallRun } from '../training/small-run.js';

function convolution(): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.reshape({ targetShape: [2, 3, 1], inputShape: [6] }),
      tf.layers.conv2d({ filters: 2, kernelSize: 2 }),
      tf.layers.flatten(),
    ],
  });
}

describe('where registerKernels() was forgotten', () => {
  beforeAll(() => useBackend('wasm'));

  const told = {
    message:
      "TensorFlow.js's wasm backend has no kernel Conv2DBackpropFilter: call registerKernels() of kantorovich/tfjs first",
    cause: { message: expect.stringContaining("Kernel 'Conv2DBackpropFilter' not registered") },
  };

  it('fit and minimize say so, and do with it what they are for', async () => {
    const encoder = convolution();
    const x = tf.randomNormal([8, 6], 0, 1, 'float32', 1);
    using loss = contrastiveLoss({ objective: 'cpc' });
    const embed = () => [encoder.apply(x) as tf.Tensor, encoder.apply(x) as tf.Tensor] as const;
    const trainings = [
      () => fit(smallRun({ encoder, steps: 1 })),
      () =>
        loss.minimize(
          tf.train.sgd(0.1),
          embed,
          encoder.trainableWeights.map((weight) => weight.read() as tf.Variable),
        ),
    ];
    for (const train of trainings) {
      const failed = train();
      await expect(failed).rejects.toThrow(StateError);
      await expect(failed).rejects.toMatchObject(told);
    }
    registerKernels();
    for (const train of trainings) await train();
    tf.dispose(x);
    encoder.dispose();
  });

  it('leaves other errors as they are, and no tensors', async () => {
    using loss = contrastiveLoss({ objective: 'cpc' });
    const other = new Error("Kernel 'Unheard' not registered for backend 'wasm'");
    const optimizer = tf.train.sgd(0.1);
    const left = await tensorsLeftBy(() =>
      expect(
        loss.minimize(optimizer, () => {
          throw other;
        }),
      ).rejects.toBe(other),
    );
    expect(left).toBe(0);
  });
});
