import { beforeAll, describe, expect, it } from 'vitest';
import { bilinear } from '../../../ts/critics/bilinear.js';
import { cosine } from '../../../ts/critics/cosine.js';
import { distance } from '../../../ts/critics/distance.js';
import { joint } from '../../../ts/critics/joint.js';
import type { Batch, PairSource } from '../../../ts/data/pair-source.js';
import { gradientPenalty } from '../../../ts/lipschitz/lipschitz.js';
import { registerKernels } from '../../../ts/tfjs/kernels/register-kernels.js';
import type { FitOptions } from '../../../ts/training/fit-options.js';
import { tfjsBackends, useBackend } from '../../support/tfjs.js';
import { gaussianPairs } from '../../training/gaussian-pairs.js';
import { twins } from './twins.js';

const STEPS = 100;

const run = (more: Partial<FitOptions> = {}): FitOptions => ({
  pairs: gaussianPairs(256, 8, 3),
  encoder: '16-6',
  objective: 'cpc',
  lipschitz: 'none',
  batch: 16,
  steps: STEPS,
  learningRate: 3e-3,
  ...more,
});

/** The largest difference of losses and values over the run, and the first and last loss. */
async function compared(options: FitOptions, tolerance = 1e-3) {
  const { native, tfjs, spec, dispose } = twins(options);
  try {
    let [largest, first, last] = [0, Number.NaN, Number.NaN];
    for await (const { x, y } of batches(options.pairs, spec.batch)) {
      for (const trainer of [native, tfjs]) {
        trainer.x().set(x);
        trainer.y().set(y);
      }
      const [one, other] = [native.step(), tfjs.step()];
      expect(other.step).toBe(one.step);
      expect(other.learningRate).toBeCloseTo(one.learningRate, 12);
      expect(other.temperature).toBeCloseTo(one.temperature, 3);
      expect(Math.abs(other.gradientNorm - one.gradientNorm)).toBeLessThan(tolerance * (1 + one.gradientNorm));
      largest = Math.max(largest, Math.abs(one.loss - other.loss), Math.abs(one.value - other.value));
      if (one.step === 1) first = one.loss;
      last = one.loss;
    }
    return { largest, first, last };
  } finally {
    dispose();
  }
}

async function* batches(pairs: PairSource, batch: number): AsyncGenerator<Batch> {
  let taken = 0;
  for await (const given of pairs.batches({ batch, seed: 5 })) {
    yield given;
    taken += 1;
    if (taken === STEPS) return;
  }
}

const RUNS: readonly (readonly [string, Partial<FitOptions>])[] = [
  ['cpc, adam', {}],
  [
    'cpc-symmetric, cosine with a learnt temperature, adamw, cosine schedule',
    {
      objective: 'cpc-symmetric',
      critic: cosine({ learnTemperature: true, temperature: 0.3 }),
      optimiser: { name: 'adamw', weightDecay: 0.05 },
      schedule: { name: 'cosine', warmup: 10 },
    },
  ],
  [
    'nwj, bilinear, sgd with momentum, clipped',
    { objective: 'nwj', critic: bilinear({ temperature: 10 }), optimiser: 'sgd', learningRate: 0.01, clipNorm: 0.5 },
  ],
  [
    'jsd, joint, adam with weight decay, linear schedule',
    {
      objective: 'jsd',
      critic: joint({ hidden: [12, 5] }),
      optimiser: { name: 'adam', weightDecay: 0.01 },
      schedule: { name: 'linear', warmup: 0 },
    },
  ],
  ['rpc, separable, shared encoder', { objective: 'rpc', shared: true }],
  ['smile, squared distance, without biases', { objective: 'smile', critic: 'squared-distance', bias: false }],
  [
    'wpc, distance, orthonormal',
    { objective: 'wpc', critic: 'distance', lipschitz: 'orthonormal', activation: 'relu' },
  ],
  ['wdm, bilinear, l1', { objective: 'wdm', critic: 'bilinear', lipschitz: 'l1' }],
  ['wdm, joint, l-infinity', { objective: 'wdm', critic: joint({ hidden: [12] }), lipschitz: 'l-infinity' }],
  ['wpc, separable, gradient penalty', { objective: 'wpc', lipschitz: 'gradient-penalty' }],
  [
    'wdm, joint, gradient penalty over embeddings',
    {
      objective: 'wdm',
      critic: joint({ hidden: [12] }),
      lipschitz: gradientPenalty({ over: 'embeddings', sided: 'two', coefficient: 1 }),
    },
  ],
  [
    'wpc, distance with a learnt temperature, gradient penalty',
    { objective: 'wpc', critic: distance({ learnTemperature: true }), lipschitz: 'gradient-penalty' },
  ],
  ['wdm, separable, spectral ball', { objective: 'wdm', lipschitz: 'spectral-ball' }],
  ['wdm, separable, frobenius', { objective: 'wdm', lipschitz: 'frobenius' }],
  [
    'cpc, convolutions',
    { encoder: 'c6k3s2-c8k3-12-5', pairs: gaussianPairs(128, 2 * 81, 4), imageShape: '2x9x9', learningRate: 1e-3 },
  ],
];

describe.each(tfjsBackends)('encoders of TensorFlow.js on the %s backend', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(RUNS)('train as native ones do, step by step: %s', async (name, more) => {
    // The backend alone has no gradient of a convolution.
    if (backend === 'wasm' && name.includes('convolutions')) registerKernels();
    const { largest, first, last } = await compared(run(more));
    expect(largest).toBeLessThan(1e-3);
    expect(last).toBeLessThan(first);
  });

  it('follow native ones at a small distance where norms are followed by iterations: wpc, spectral', async () => {
    const { largest, first, last } = await compared(run({ objective: 'wpc', lipschitz: 'spectral' }), 1e-2);
    expect(largest).toBeLessThan(1e-2);
    expect(last).toBeLessThan(first);
  });
});
