import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstDifference } from '../../ts/training/first-difference.js';

const json = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));

describe('the first difference of two values of plain JSON', () => {
  it('is none between a value and its copy, in whatever order its keys are', () => {
    fc.assert(fc.property(json, (value) => firstDifference(value, reversed(value)) === null));
  });

  it('is one where their texts, with keys in order, are not the same', () => {
    fc.assert(
      fc.property(json, json, (one, other) => {
        const isSame = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(firstDifference(one, other) === null).toBe(isSame);
      }),
    );
  });

  it('names the place and both values', () => {
    const layers = (units: number) => ({ config: { layers: [{ name: 'a' }, { units }] } });
    const found = { path: 'config.layers[1].units', before: 8, after: 9 };
    expect(firstDifference(layers(8), layers(9))).toEqual(found);
    expect(firstDifference({ a: [1] }, { a: [1, 2] })).toEqual({ path: 'a[1]', before: undefined, after: 2 });
    expect(firstDifference({ toString: {} }, {})).toEqual({ path: 'toString', before: {}, after: undefined });
    expect(firstDifference(undefined, { a: 1 })).toMatchObject({ path: '', before: undefined });
  });
});

function mapped(value: unknown, order: (keys: readonly string[]) => readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((entry) => mapped(entry, order));
  if (typeof value !== 'object' || value === null) return value;
  const entries = new Map(Object.entries(value));
  return Object.fromEntries(order([...entries.keys()]).map((key) => [key, mapped(entries.get(key), order)]));
}

const reversed = (value: unknown): unknown => mapped(value, (keys) => [...keys].reverse());
const sorted = (value: unknown): unknown => mapped(value, (keys) => [...keys].sort());
