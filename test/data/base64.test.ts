import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../ts/data/base64.js';
import { DataError } from '../../ts/wasm/errors.js';

describe('base64', () => {
  it("is Node's, both ways, of any length", () => {
    const property = fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(20_000), (start, more) => {
      const bytes = Uint8Array.from({ length: start.length + more }, (_, i) => start[i] ?? i);
      const text = Buffer.from(bytes).toString('base64');
      expect(encodeBase64(bytes)).toBe(text);
      expect(decodeBase64(text, 'the body must be base64')).toEqual(bytes);
    });
    fc.assert(property, { numRuns: 30 });
  });

  it.each([
    ['not base64!', '" " at 3'],
    ['AA=A', '"=" at 2'],
    ['AAA', '3 characters'],
    ['AAAA\n', '"\\n" at 4'],
    ['AA-_', '"-" at 2'],
  ])('is not %j', (text, found) => {
    expect(() => decodeBase64(text, 'the body must be base64')).toThrow(DataError);
    expect(() => decodeBase64(text, 'the body must be base64')).toThrow(
      `the body must be base64, found text with ${found}`,
    );
  });
});
