import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fitLine } from '../../ts/cli/progress-bars.js';

const parts = ['cpc separable', '━━━━━━━━────', '800/1,200', '0:12 left', 'loss 0.512'];

it("X1: a line never reaches the terminal's width, even of 0 or 1 columns", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200 }), (columns) => {
      expect(fitLine(parts, columns).length).toBeLessThanOrEqual(Math.max(columns - 1, 0));
    }),
  );
});

it('drops what is least needed first', () => {
  expect(fitLine(parts, 40)).toBe('cpc separable  ━━━━━━━━────  800/1,200');
  expect(fitLine(parts, 200)).toBe(parts.join('  '));
});
