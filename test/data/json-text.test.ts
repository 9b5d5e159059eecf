import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText } from '../../ts/data/json-text.js';

describe('a JSON text', () => {
  it('X2: names what is not finite, where it stands', () => {
    const line = jsonText({
      step: 2,
      loss: Number.NaN,
      heldOut: { value: Number.NEGATIVE_INFINITY, wdm: [1, Infinity] },
    });
    expect(JSON.parse(line)).toEqual({
      step: 2,
      loss: null,
      heldOut: { value: null, wdm: [1, null] },
      nonFinite: { loss: 'NaN', 'heldOut.value': '-Infinity', 'heldOut.wdm[1]': 'Infinity' },
    });
  });

  it('is one line that parses back, whatever text and numbers it holds', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter((name) => name !== '__proto__'),
          fc.oneof(fc.string(), fc.integer(), fc.boolean()),
        ),
        (fields) => {
          const line = jsonText(fields);
          expect(line).not.toContain('\n');
          expect(JSON.parse(line)).toEqual(fields);
        },
      ),
    );
  });

  it('says nothing of finiteness where all is finite, and leaves out what is undefined', () => {
    expect(jsonText({ step: 1, loss: 0.5, heldOut: undefined })).toBe('{"step":1,"loss":0.5}');
  });
});
