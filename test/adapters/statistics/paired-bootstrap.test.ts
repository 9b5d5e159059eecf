import { describe, expect, it } from 'vitest';
import { pairedBootstrap } from '../../../ts/adapters/statistics/paired-bootstrap.js';
import { expectClose } from '../../support/close.js';
import { seededRandom } from '../../support/random.js';

const differences = (count: number, mean: number, from: number) => {
  const random = seededRandom(from);
  return Float64Array.from({ length: count }, () => mean + random.normal());
};

describe('the paired bootstrap', () => {
  it('has the interval and p of the normal distribution where there are many queries', () => {
    const values = differences(2000, 0.05, 1);
    const { mean, interval, p } = pairedBootstrap(values, 1);
    const error = 1 / Math.sqrt(2000);
    expectClose(interval, [mean - 1.96 * error, mean + 1.96 * error], { absolute: 0.004 });
    expect(p).toBeGreaterThan(0);
    expect(p).toBeLessThan(0.1);
  });

  it('without an effect, p is below 0.05 about one time in twenty', () => {
    const low = Array.from({ length: 200 }, (_, i) => pairedBootstrap(differences(60, 0, i), i).p < 0.05);
    const count = low.filter(Boolean).length;
    expect(count).toBeGreaterThan(2);
    expect(count).toBeLessThan(22);
  });

  it('is a matter of the seed alone', () => {
    const values = differences(50, 0.1, 2);
    expect(pairedBootstrap(values, 3)).toEqual(pairedBootstrap(values, 3));
    expect(pairedBootstrap(values, 4)).not.toEqual(pairedBootstrap(values, 3));
  });

  it('copies of a query count as one', () => {
    const values = differences(40, 0.3, 5);
    const copied = Float64Array.from({ length: 400 }, (_, i) => values[i % 40]);
    const units = Array.from(copied, (_, i) => i % 40);
    const [once, tenfold] = [pairedBootstrap(values, 1), pairedBootstrap(copied, 1, units)];
    expectClose(tenfold.interval, once.interval, { absolute: 1e-12 });
    expect(tenfold.p).toBe(once.p);
    expect(pairedBootstrap(copied, 1).p).toBeLessThan(once.p);
  });

  it('p is 1 where nothing changed, and never 0', () => {
    expect(pairedBootstrap(new Float64Array(30), 1).p).toBe(1);
    expect(pairedBootstrap(new Float64Array(30).fill(1), 1).p).toBeCloseTo(1 / 5001, 10);
  });
});
