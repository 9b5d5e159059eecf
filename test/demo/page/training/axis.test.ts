import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stepTicks, valueAxis } from '../../../../scripts/demo/page/training/axis.js';

const nats = fc.double({ min: 0.1, max: 60, noNaN: true });

describe('valueAxis', () => {
  it('rises with values up to the ceiling, and holds ceiling and truth within its height', () => {
    fc.assert(
      fc.property(nats, nats, fc.integer({ min: 100, max: 400 }), (ceiling, truth, height) => {
        const { at, ticks, gap } = valueAxis(ceiling, truth, height);
        const marks = [0, ceiling / 2, ceiling].map(at);
        expect(marks[0]).toBe(0);
        expect(marks).toEqual([...marks].sort((a, b) => a - b));
        expect(at(ceiling)).toBeLessThan(height);
        expect(at(truth)).toBeLessThan(height);
        if (truth > 1.01 * ceiling) expect(at(truth)).toBeGreaterThan(at(ceiling));
        // A sign stands between the two where nats are left out.
        if (gap !== null) expect(at(ceiling) < gap && gap < at(truth)).toBe(true);
        else expect(at(truth) / truth).toBeCloseTo(at(ceiling) / ceiling, 6);
        expect(ticks.length).toBeLessThan(20);
      }),
    );
  });
});

describe('stepTicks', () => {
  it('gives some round steps from 0, none beyond the last', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 20000 }), fc.constantFrom(4, 8), (steps, count) => {
        const ticks = stepTicks(steps, count);
        expect(ticks[0]).toBe(0);
        expect(ticks.at(-1)).toBeLessThanOrEqual(steps);
        expect(ticks.length).toBeGreaterThan(1);
        expect(ticks.length).toBeLessThanOrEqual(count + 1);
        expect(ticks.every(Number.isInteger)).toBe(true);
      }),
    );
  });
});
