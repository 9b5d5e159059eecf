import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonLine } from '../../ts/cli/json-lines.js';

describe('a JSON line', () => {
  it('X2: names what is not finite, where it stands', () => {
    const line = jsonLine({
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
          const line = jsonLine(fields);
          expect(line.indexOf('\n')).toBe(line.length - 1);
          expect(JSON.parse(line)).toEqual(fields);
        },
      ),
    );
  });

  it('says nothing of finiteness where all is finite, and leaves out what is undefined', () => {
    expect(jsonLine({ step: 1, loss: 0.5, heldOut: undefined })).toBe('{"step":1,"loss":0.5}\n');
  });
});
