import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { learningRate } from '../../../ts/tfjs/training/learning-rate.js';
import { descended, noMoments } from '../../../ts/tfjs/training/optimiser.js';
import type { OptimiserSpec } from '../../../ts/wasm/trainer-spec.js';

const rule = (name: OptimiserSpec['name'], more: Partial<OptimiserSpec> = {}): OptimiserSpec => ({
  name,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  momentum: 0.9,
  weightDecay: 0,
  ...more,
});

/** The parameter after each step from 1, at a rate of 0.1. */
function path(optimiser: OptimiserSpec, gradients: readonly number[], decays = true): readonly number[] {
  const moments = noMoments(optimiser, 1);
  let value = Float32Array.of(1);
  return gradients.map((gradient, at) => {
    const step = { optimiser, step: at + 1, rate: 0.1, scale: 1 };
    value = Float32Array.from(descended(value, Float32Array.of(gradient), moments, step, decays));
    return value[0] ?? Number.NaN;
  });
}

const GRADIENTS = [0.1, -0.2, 0.3];

describe('the optimiser of encoders of TensorFlow.js', () => {
  it.each<[string, OptimiserSpec, readonly number[], readonly number[]]>([
    ['adam', rule('adam'), GRADIENTS, [0.900000009999999, 0.9366103603884888, 0.9022862539477428]],
    ['a large epsilon', rule('adam', { epsilon: 0.1 }), GRADIENTS, [0.95, 0.9724278580726168, 0.9489628392449653]],
    ['adamw at rest', rule('adamw', { weightDecay: 0.01 }), [0, 0, 0], [0.999, 0.998001, 0.997002999]],
    [
      'adamw',
      rule('adamw', { weightDecay: 0.01 }),
      GRADIENTS,
      [0.899000009999999, 0.9347113603784888, 0.8994525425773643],
    ],
    [
      'adam with decay',
      rule('adam', { weightDecay: 0.01 }),
      [0, 0, 0],
      [0.9000000999999, 0.8004124317800861, 0.7015865830642429],
    ],
    ['sgd', rule('sgd'), GRADIENTS, [0.99, 1.001, 0.9809]],
  ])('A1: steps as PyTorch does: %s', (_, optimiser, gradients, expected) => {
    path(optimiser, gradients).forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at] ?? Number.NaN, 6);
    });
  });

  it('A1: decays only what decays, and takes a missing gradient for zeros', () => {
    expect(path(rule('adamw', { weightDecay: 0.5 }), [0], false)).toEqual([1]);
    const moments = noMoments(rule('sgd'), 2);
    const step = { optimiser: rule('sgd'), step: 1, rate: 0.1, scale: 1 };
    expect(descended(Float32Array.of(1, 2), null, moments, step, true)).toEqual(Float32Array.of(1, 2));
  });
});

describe('the learning rate', () => {
  it('warms up, holds and decays', () => {
    const rates = (name: 'constant' | 'cosine' | 'linear', rate: number, warmup: number, steps: number) =>
      Array.from({ length: steps }, (_, at) =>
        learningRate({ learningRate: rate, schedule: { name, warmup }, steps }, at + 1),
      );
    expect(rates('constant', 0.1, 4, 6)).toEqual([0.025, 0.05, (0.1 * 3) / 4, 0.1, 0.1, 0.1]);
    rates('cosine', 2, 0, 4).forEach((rate, at) => {
      expect(rate).toBeCloseTo([2, 1 + Math.SQRT1_2, 1, 1 - Math.SQRT1_2][at] ?? Number.NaN, 12);
    });
    expect(rates('linear', 2, 1, 5)).toEqual([2, 2, 1.5, 1, 0.5]);
  });

  it('A2: is above 0 in every step of a run', () => {
    const lengths = fc.tuple(fc.nat({ max: 50 }), fc.integer({ min: 1, max: 200 }));
    fc.assert(
      fc.property(lengths, fc.constantFrom('constant', 'cosine', 'linear'), ([warmup, rest], name) => {
        const steps = warmup + rest;
        for (let step = 1; step <= steps; step++) {
          const rate = learningRate({ learningRate: 1e-3, schedule: { name, warmup }, steps }, step);
          expect(rate > 0 && rate <= 1e-3).toBe(true);
        }
      }),
    );
  });
});
