import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLOAT32_BYTES, writeFloat32 } from '../../ts/data/float32-decimal.js';

const written = (value: number): string => {
  const bytes = new Uint8Array(FLOAT32_BYTES + 3);
  const end = writeFloat32(bytes, 3, value);
  expect(end).toBeLessThanOrEqual(bytes.length);
  return new TextDecoder().decode(bytes.subarray(3, end));
};

describe('a float32 in decimals', () => {
  it('reads back as the same number by JSON, in no more than nine digits', () => {
    const bits = fc
      .integer({ min: 0, max: 0xffffffff })
      .map((word) => new Float32Array(Uint32Array.of(word).buffer)[0]);
    const size = fc.double({ min: -7, max: 0.5, noNaN: true }).map((power) => Math.fround(10 ** power));
    const unit = fc.float({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.oneof(bits, size, unit), (value) => {
        fc.pre(Number.isFinite(value));
        const text = written(value);
        expect(Math.fround(JSON.parse(text))).toBe(value === 0 ? 0 : value);
        const [digits] = text.split('e');
        expect(digits.replace(/^-?0?\.?0*|\./g, '').length).toBeLessThanOrEqual(Math.abs(value) < 1 ? 9 : 39);
      }),
      { numRuns: 5000 },
    );
  });

  it('is short where it may be', () => {
    const all = [0.5, -0.25, 0.1, 0.9999999, 0.001, 1, -3, 0, 1e-6, 1e-20, 16777216, 3.4028234663852886e38];
    expect(all.map((value) => written(Math.fround(value)))).toEqual([
      ...['0.5', '-0.25', '0.1', '0.9999999', '0.001', '1', '-3', '0', '9.99999997e-7', '9.99999968e-21'],
      ...['16777216', '3.40282347e+38'],
    ]);
  });
});
