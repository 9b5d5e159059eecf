import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitPairs } from '../../ts/data/row-splits.js';

const splits = ['train', 'validation', 'test'] as const;

describe('splitPairs', () => {
  it('puts every pair in exactly one part, with its labels, 3 : 1 : 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 64 }), (count) => {
        const numbers = Float32Array.from({ length: count }, (_, i) => i);
        const labels = Uint8Array.from(numbers);
        const side = { data: numbers, rows: count, cols: 1 };
        const parts = splits.map((split) => splitPairs({ x: side, y: side, labels, labelSizes: [64] }, split));
        for (const part of parts) {
          expect(part.y).toEqual(part.x);
          expect(Array.from(part.labels ?? [])).toEqual(Array.from(part.x.data));
        }
        const all = parts.flatMap((part) => Array.from(part.x.data)).sort((a, b) => a - b);
        expect(all).toEqual(Array.from(numbers));
        const least = Math.floor(count / 5);
        expect(parts.map((part) => part.x.rows >= (part === parts[0] ? 3 * least : least))).toEqual([true, true, true]);
      }),
    );
  });
});
