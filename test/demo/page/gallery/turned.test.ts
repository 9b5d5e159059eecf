import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitted, nearestTurn, type Points, turned } from '../../../../scripts/demo/page/gallery/turned.js';

const cloud = fc
  .array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 6, maxLength: 60 })
  .map((values) => Float32Array.from(values.slice(0, values.length - (values.length % 2))));

function distance(a: Points, b: Points): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);
}

describe('nearestTurn', () => {
  it('undoes a rotation or a reflection', () => {
    fc.assert(
      fc.property(cloud, fc.double({ min: 0, max: 6.3, noNaN: true }), fc.boolean(), (points, angle, isFlipped) => {
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        const moved = turned(points, isFlipped ? [c, s, s, -c] : [c, s, -s, c]);
        const back = turned(moved, nearestTurn(moved, points));
        const size = points.reduce((sum, value) => sum + value * value, 0);
        expect(distance(back, points)).toBeLessThanOrEqual(1e-9 * size + 1e-12);
      }),
    );
  });

  it('brings points no farther away than any other turn does', () => {
    fc.assert(
      fc.property(
        cloud,
        cloud,
        fc.double({ min: 0, max: 6.3, noNaN: true }),
        fc.boolean(),
        (a, b, angle, isFlipped) => {
          const length = Math.min(a.length, b.length);
          const [points, before] = [a.subarray(0, length), b.subarray(0, length)];
          const [c, s] = [Math.cos(angle), Math.sin(angle)];
          const other = turned(points, isFlipped ? [c, s, s, -c] : [c, s, -s, c]);
          const best = turned(points, nearestTurn(points, before));
          const size = [...points, ...before].reduce((sum, value) => sum + value * value, 0);
          expect(distance(best, before)).toBeLessThanOrEqual(distance(other, before) + 1e-5 * size + 1e-12);
        },
      ),
    );
  });
});

describe('fitted', () => {
  it('fills the square the longer way, in the middle, and moves what is beyond the counted points alike', () => {
    fc.assert(
      fc.property(cloud, (points) => {
        const spread = [0, 1].map((axis) => {
          const own = points.filter((_, i) => i % 2 === axis);
          return Math.max(...own) - Math.min(...own);
        });
        fc.pre(Math.max(...spread) > 0.01);
        const more = Float32Array.from([...points, points[0], points[1]]);
        const out = fitted(more, points.length);
        const counted = out.subarray(0, points.length);
        expect(Math.max(...counted.map(Math.abs))).toBeCloseTo(0.93, 3);
        expect([...out.subarray(points.length)]).toEqual([...out.subarray(0, 2)]);
      }),
    );
  });
});
