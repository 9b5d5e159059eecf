import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gaussianCorrelation, gaussianPairs } from '../../ts/data/gaussian-pairs.js';
import { collectPairs } from '../../ts/data/pairs.js';
import { OptionsError } from '../../ts/wasm/errors.js';
import { readBatches } from './read-batches.js';

describe('gaussianPairs', () => {
  it('has the correlation that gives the nats asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.double({ min: 1e-6, max: 50, noNaN: true }), (d, share) => {
        const nats = share * Math.min(1, d / 10);
        const rho = gaussianCorrelation(d, nats);
        expect(-(d / 2) * Math.log1p(-rho * rho)).toBeCloseTo(nats, 6);
      }),
    );
    expect(gaussianCorrelation(20, 0)).toBe(0);
  });

  it('draws standard normal numbers, correlated within a coordinate and nowhere else', async () => {
    const [pairs, d] = [20_000, 2];
    const source = gaussianPairs({ dimensions: d, nats: 1, split: 'train' });
    expect([source.xDim, source.yDim, source.mutualInformation, source.pairs]).toEqual([2, 2, 1, null]);
    const { x, y } = await collectPairs(source, pairs, 5);
    const rho = gaussianCorrelation(d, 1);
    const mean = (value: (i: number) => number) => {
      let sum = 0;
      for (let i = 0; i < pairs; i++) sum += value(i);
      return sum / pairs;
    };
    const at = ({ data }: typeof x, i: number, k: number) => data[i * d + k];
    // Of 20,000 products of unit variables: deviation below 0.01 each.
    const products: readonly (readonly [number, number])[] = [
      [mean((i) => at(x, i, 0)), 0],
      [mean((i) => at(x, i, 1) ** 2), 1],
      [mean((i) => at(y, i, 0) ** 2), 1],
      [mean((i) => at(x, i, 0) * at(y, i, 0)), rho],
      [mean((i) => at(x, i, 1) * at(y, i, 1)), rho],
      [mean((i) => at(x, i, 0) * at(y, i, 1)), 0],
      [mean((i) => at(x, i, 0) * at(x, i, 1)), 0],
    ];
    for (const [found, expected] of products) expect(Math.abs(found - expected)).toBeLessThan(0.05);
  });

  it('gives different streams to different seeds and parts, and resumes exactly', async () => {
    const source = gaussianPairs({ dimensions: 3, nats: 2, split: 'train' });
    const first = async (split: 'train' | 'test', seed: number) =>
      (await readBatches(gaussianPairs({ dimensions: 3, nats: 2, split }), 1, { batch: 2, seed }))[0].x.join();
    expect(new Set(await Promise.all([first('train', 1), first('train', 2), first('test', 1)])).size).toBe(3);
    const whole = await readBatches(source, 4, { batch: 3, seed: 9 });
    const from = JSON.parse(JSON.stringify(whole[1].cursor));
    expect(await readBatches(source, 2, { batch: 3, seed: 9, from })).toEqual(whole.slice(2));
  });

  it.each([
    [0, 1],
    [1.5, 1],
    [3, -1],
    [3, Number.NaN],
    [3, Number.POSITIVE_INFINITY],
  ])('refuses %d dimensions with %d nats', (dimensions, nats) => {
    expect(() => gaussianPairs({ dimensions, nats, split: 'train' })).toThrow(OptionsError);
  });
});
