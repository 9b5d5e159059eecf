import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromFloat16, toFloat16 } from '../../ts/data/half-float.js';

const finite = Array.from({ length: 2 ** 16 }, (_, bits) => bits).filter((bits) => Number.isFinite(fromFloat16(bits)));

describe('a float16', () => {
  it('comes back from its value, each of them', () => {
    expect(finite.filter((bits) => toFloat16(fromFloat16(bits)) !== bits)).toEqual([]);
    expect([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN].map(toFloat16)).toEqual([
      0x7c00, 0xfc00, 0x7e00,
    ]);
  });

  it('is the nearest to a number, the even one between two', () => {
    const value = fc.float({ min: -65504, max: 65504, noNaN: true });
    fc.assert(
      fc.property(value, (value) => {
        const bits = toFloat16(value);
        const error = Math.abs(fromFloat16(bits) - value);
        for (const other of [bits - 1, bits + 1]) {
          const away = Math.abs(fromFloat16(other & 0xffff) - value);
          if (Number.isFinite(away) && (other & 0x8000) === (bits & 0x8000)) expect(error).toBeLessThanOrEqual(away);
        }
      }),
    );
    // Halfway between neighbours: the one whose last bit is 0.
    const ties = finite.filter((bits) => bits < 0x7bff && bits % 97 === 0);
    for (const bits of ties) {
      const between = (fromFloat16(bits) + fromFloat16(bits + 1)) / 2;
      expect(toFloat16(between)).toBe(bits % 2 === 0 ? bits : bits + 1);
    }
    expect([65519, 65520].map(toFloat16)).toEqual([0x7bff, 0x7c00]);
  });
});
