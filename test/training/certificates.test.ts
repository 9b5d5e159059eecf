import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CriticName } from '../../ts/critics/critic.js';
import { fit } from '../../ts/training/fit.js';
import type { Metric } from '../../ts/wasm/trainer.js';
import { gaussianPairs } from './gaussian-pairs.js';

/** Critics that are Lipschitz on bounded inputs, and the constraints that leave weights of all kinds. */
const critics: readonly CriticName[] = ['separable', 'bilinear', 'distance', 'squared-distance', 'joint'];
const constraints = ['none', 'orthonormal', 'spectral', 'spectral-ball', 'l1', 'l-infinity', 'lagrangian'] as const;

describe('a certified constant', () => {
  it('is never below the steepest pair that a climb finds, for trained critics of every kind', async () => {
    const cases = fc.record({
      critic: fc.constantFrom(...critics),
      lipschitz: fc.constantFrom(...constraints),
      metric: fc.constantFrom<Metric>('sum', 'l2'),
      activation: fc.constantFrom('relu' as const, 'maxmin' as const),
      depth: fc.integer({ min: 1, max: 3 }),
      seed: fc.integer({ min: 1, max: 1000 }),
    });
    const property = fc.asyncProperty(cases, async ({ critic, lipschitz, metric, activation, depth, seed }) => {
      const pairs = gaussianPairs(40, 7, seed);
      const encoder = [8, 6]
        .slice(0, depth - 1)
        .concat(4)
        .join('-');
      const options = { pairs, encoder, batch: 8, steps: 20, seed, learningRate: 0.02, objective: 'wpc' as const };
      const { model } = await fit({ ...options, critic, lipschitz, activation });
      try {
        const { x, y } = await batchOf(seed);
        const within = { x: longest(x), y: longest(y) };
        const bound = model.w1Bound(x, y, { metric, within });
        expect(bound.lipschitzConstant).not.toBeNull();
        expect(bound.steepest).toBeGreaterThan(0);
        expect(bound.steepest).toBeLessThanOrEqual((bound.lipschitzConstant ?? 0) * (1 + 1e-3));
      } finally {
        model.dispose();
      }
    });
    await fc.assert(property, { numRuns: 60 });
  });
});

async function batchOf(seed: number) {
  for await (const { x, y, size } of gaussianPairs(40, 7, seed).batches({ batch: 20, seed })) {
    return { x: { data: x.slice(), rows: size, cols: 7 }, y: { data: y.slice(), rows: size, cols: 7 } };
  }
  throw new Error('no pairs');
}

function longest({ data, rows, cols }: { readonly data: Float32Array; readonly rows: number; readonly cols: number }) {
  const lengths = Array.from({ length: rows }, (_, i) => Math.hypot(...data.subarray(i * cols, (i + 1) * cols)));
  return Math.max(...lengths);
}
