import * as tf from '@tensorflow/tfjs';
import type { TfjsFitOptions } from '../../../ts/tfjs/training/fit-options.js';
import { gaussianPairs } from '../../training/gaussian-pairs.js';

/** A dense model of 6 numbers to 4; the same weights for the same seed. */
export function denseModel(seed: number, hidden = 8): tf.Sequential {
  const drawn = (at: number) => ({ kernelInitializer: tf.initializers.glorotUniform({ seed: seed + at }) });
  return tf.sequential({
    layers: [
      tf.layers.dense({ units: hidden, activation: 'relu', inputShape: [6], ...drawn(0) }),
      tf.layers.dense({ units: 4, ...drawn(1) }),
    ],
  });
}

/** A run of 40 steps on 64 pairs of 6 numbers; new encoders each time, unless others are given. */
export function smallRun(more: Partial<TfjsFitOptions> = {}): TfjsFitOptions {
  return {
    pairs: gaussianPairs(64, 6, 1),
    encoder: more.encoder ?? { x: denseModel(1), y: denseModel(5) },
    objective: 'cpc',
    batch: 8,
    steps: 40,
    learningRate: 1e-2,
    deterministic: true,
    ...more,
  };
}

/** The numbers of all weights, one after another. */
export function weightsOf(model: tf.LayersModel): readonly number[] {
  return model.getWeights().flatMap((weight) => [...weight.dataSync()]);
}
