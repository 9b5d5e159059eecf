import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { centred, DRAWN } from '../../../../scripts/demo/page/drawing/centred.js';

/** A filled box. */
function box(left: number, top: number, width: number, height: number): Float32Array {
  return Float32Array.from({ length: DRAWN * DRAWN }, (_, i) => {
    const [row, col] = [Math.floor(i / DRAWN), i % DRAWN];
    return row >= top && row < top + height && col >= left && col < left + width ? 1 : 0;
  });
}

const boxes = fc
  .record({ width: fc.integer({ min: 3, max: 20 }), height: fc.integer({ min: 3, max: 20 }) })
  .chain(({ width, height }) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      left: fc.integer({ min: 0, max: DRAWN - width }),
      top: fc.integer({ min: 0, max: DRAWN - height }),
    }),
  );

describe('centred', () => {
  it('is nothing where there is no ink', () => {
    expect(centred(new Float32Array(DRAWN * DRAWN))).toBeNull();
  });

  it('puts the centre of mass in the middle, whatever the place of the ink', () => {
    fc.assert(
      fc.property(boxes, ({ left, top, width, height }) => {
        const ink = centred(box(left, top, width, height)) ?? new Float32Array(196);
        const sum = ink.reduce((total, value) => total + value, 0);
        const mean = (along: (i: number) => number) =>
          ink.reduce((total, value, i) => total + value * along(i), 0) / sum;
        // A box's centre lies in its middle; sampling is symmetric about it.
        expect(mean((i) => (i % 14) + 0.5)).toBeCloseTo(7, 1);
        expect(mean((i) => Math.floor(i / 14) + 0.5)).toBeCloseTo(7, 1);
        for (const value of ink) expect(value >= 0 && value <= 1 + 1e-6).toBe(true);
      }),
    );
  });

  it('makes the longer side ten of fourteen pixels, whatever the size of the ink', () => {
    fc.assert(
      fc.property(boxes, ({ left, top, width, height }) => {
        const ink = centred(box(left, top, width, height)) ?? new Float32Array(196);
        // Ink of a box of sides w, h: scaled by 10 / max in each direction.
        const scale = 10 / Math.max(width, height);
        const sum = ink.reduce((total, value) => total + value, 0);
        expect(sum / (width * height * scale * scale)).toBeGreaterThan(0.8);
        expect(sum / (width * height * scale * scale)).toBeLessThan(1.25);
      }),
    );
  });
});
