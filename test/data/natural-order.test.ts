import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { naturalOrder } from '../../ts/data/natural-order.js';

const name = fc
  .array(fc.oneof(fc.constantFrom('frame', 'Frame', '-', '.png', '0', '00'), fc.nat(120).map(String)))
  .map((parts) => parts.join(''));

describe('naturalOrder', () => {
  it('counts numbers, whatever their zeros, and mixes cases', () => {
    const names = [
      'b.JPG',
      'frame10.png',
      'a.png',
      'frame9.png',
      'B.jpg',
      'frame010.png',
      'frame123456789012345678901.png',
    ];
    expect(names.sort(naturalOrder)).toEqual([
      'a.png',
      'B.jpg',
      'b.JPG',
      'frame9.png',
      'frame010.png',
      'frame10.png',
      'frame123456789012345678901.png',
    ]);
  });

  it('is a total order: any arrangement sorts alike, and only equal names tie', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 12 }), fc.nat(), (names, turn) => {
        const sorted = [...names].sort(naturalOrder);
        const turned = [...names.slice(turn % (names.length + 1)), ...names.slice(0, turn % (names.length + 1))];
        expect(turned.reverse().sort(naturalOrder)).toEqual(sorted);
        sorted.slice(1).forEach((next, i) => {
          expect(naturalOrder(sorted[i], next)).toBeLessThan(0);
        });
      }),
    );
  });
});
