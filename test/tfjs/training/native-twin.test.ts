import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { joint } from '../../../ts/critics/joint.js';
import { fit } from '../../../ts/tfjs/training/fit.js';
import type { FitOptions } from '../../../ts/training/fit-options.js';
import { random } from '../../../ts/wasm/random.js';
import { tensorsLeftBy, useBackend } from '../../support/tfjs.js';
import { gaussianPairs } from '../../training/gaussian-pairs.js';
import { denseModel, smallRun } from './small-run.js';
import { twins } from './twins.js';

const run = (more: Partial<FitOptions>): FitOptions => ({
  pairs: gaussianPairs(64, 8, 3),
  encoder: '16-6',
  objective: 'wpc',
  critic: 'distance',
  lipschitz: 'none',
  batch: 16,
  ...more,
});

function gaussian(count: number, cols: number) {
  using stream = random(count);
  return { data: Float32Array.from({ length: count * cols }, () => stream.normal()), rows: count, cols };
}

describe('certificates of encoders of TensorFlow.js', () => {
  beforeAll(() => useBackend('cpu'));

  it.each<[string, Partial<FitOptions>]>([
    ['distance', {}],
    ['joint', { critic: joint({ hidden: [5] }) }],
    ['separable', { critic: 'separable' }],
    ['a shared encoder, bilinear', { shared: true, critic: 'bilinear' }],
    ['orthonormal layers', { lipschitz: 'orthonormal', activation: 'relu' }],
    [
      'convolutions, squared distance',
      { encoder: 'c6k3s2-12-5', pairs: gaussianPairs(64, 98, 4), imageShape: '2x7x7', critic: 'squared-distance' },
    ],
  ])('are those of native ones with the same weights: %s', async (_, more) => {
    const { native, tfjs, dispose } = twins(run(more));
    const left = await tensorsLeftBy(() => {
      for (const within of [undefined, { x: 3, y: 4 }]) {
        for (const metric of ['sum', 'l2'] as const) {
          const [found, expected] = [tfjs.certificate(metric, within), native.certificate(metric, within)];
          if (expected.constant === null) expect(found).toEqual(expected);
          else expect((found.constant ?? 0) / expected.constant).toBeCloseTo(1, 5);
        }
        const [parts, others] = [tfjs.lipschitzParts(within), native.lipschitzParts(within)];
        expect(parts.encoders.x / others.encoders.x).toBeCloseTo(1, 5);
        expect(parts.encoders.y / others.encoders.y).toBeCloseTo(1, 5);
        expect(parts.critic === null).toBe(others.critic === null);
      }
    });
    expect(left).toBe(0);
    dispose();
  });

  it('hold while a run is constrained, and bound W1 from below', async () => {
    const { model, history } = await fit(
      smallRun({
        objective: 'wpc',
        critic: 'distance',
        lipschitz: 'spectral',
        steps: 30,
        heldOut: gaussianPairs(64, 6, 2),
        evaluateEvery: 10,
      }),
    );
    for (const { heldOut } of history.filter((entry) => entry.heldOut !== null)) {
      expect(heldOut?.lipschitzConstant).toBeLessThanOrEqual(1 + 1e-5);
      expect(heldOut?.w1LowerBound).toBeGreaterThanOrEqual(0);
    }
    const bound = model.w1Bound(gaussian(20, 6), gaussian(20, 6), 'l2');
    expect(bound.steepest).toBeLessThanOrEqual(bound.lipschitzConstant ?? 0);
    expect(model.certify().constant).toBeLessThanOrEqual(1 + 1e-5);
    model.dispose();
  });

  it('say why there is none: the layer by its name, or a function', async () => {
    const curved = tf.sequential({
      layers: [
        tf.layers.dense({ units: 5, activation: 'tanh', name: 'curved', inputShape: [6] }),
        tf.layers.dense({ units: 4 }),
      ],
    });
    const scale = tf.variable(tf.scalar(1));
    const scaled = {
      apply: (rows: tf.Tensor) => tf.mul(tf.slice(rows, [0, 0], [-1, 4]), scale) as tf.Tensor2D,
      variables: [scale],
      outputDim: 4,
    };
    for (const [encoder, reason] of [
      [{ x: denseModel(1), y: curved }, /no Lipschitz constant is known of the encoder of y: .*"?curved"?/],
      [{ x: scaled, y: denseModel(1) }, /the encoder of x is a function of tensors/],
    ] as const) {
      const { model } = await fit(smallRun({ encoder, critic: 'distance', steps: 1 }));
      const certificate = model.certify();
      expect(certificate.constant).toBeNull();
      expect(certificate.constant === null && certificate.reason).toMatch(reason);
      expect(model.w1Bound(gaussian(9, 6), gaussian(9, 6)).lowerBound).toBeNull();
      model.dispose();
    }
  });
});
