import fc from 'fast-check';
import { expect, it } from 'vitest';
import { spread } from '../../scripts/start/report/series.js';

it('places labels in order, apart, within the picture', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }), (wanted) => {
      const placed = spread(wanted, 0.1, 0, 1);
      const order = placed.map((_, i) => i).sort((a, b) => placed[a] - placed[b]);
      order.slice(1).forEach((i, at) => {
        expect(placed[i] - placed[order[at]]).toBeGreaterThan(0.1 - 1e-9);
        expect(wanted[i]).toBeGreaterThanOrEqual(wanted[order[at]]);
      });
      for (const place of placed) expect(Math.abs(place - 0.5)).toBeLessThanOrEqual(0.5 + 1e-9);
    }),
  );
});

it('leaves labels that do not overlap where they are', () => {
  expect(spread([0.9, 0.1, 0.5], 0.1, 0, 1)).toEqual([0.9, 0.1, 0.5]);
});
