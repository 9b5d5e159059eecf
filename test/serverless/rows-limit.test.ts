import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../ts/serverless/limits.js';
import { vectorsField } from '../../ts/serverless/vectors-field.js';
import { runs } from '../support/arbitraries.js';

const field = (value: unknown, limits: { rows?: number; dims?: number } = {}, packed = false) =>
  vectorsField({ x: value, packed }, 'x', { ...DEFAULT_LIMITS, ...limits });

/** Every form that rows of numbers are posted in; numbers of packed ones are eight dimensions each. */
function formsOf(rows: readonly (readonly number[])[]): readonly unknown[] {
  const items = rows.map((embedding, i) => ({ id: `r${i}`, embedding }));
  const cols = rows[0]?.length ?? 0;
  return [
    rows,
    items,
    { data: items.map(({ embedding }, index) => ({ index, embedding })) },
    { embeddings: rows },
    { embeddings: { float: rows } },
    { embeddings: { int8: rows } },
    { shape: [rows.length, cols], dtype: 'F32', data: Float32Array.from(rows.flat()) },
    { shape: [rows.length, cols], dtype: 'F64', data: Float64Array.from(rows.flat()) },
    items.map((item) => JSON.stringify(item)).join('\n'),
    JSON.stringify(rows),
  ];
}

const sizes = fc.record({ rows: fc.integer({ min: 2, max: 6 }), cols: fc.integer({ min: 2, max: 6 }) });
const drawn = (rows: number, cols: number) => Array.from({ length: rows }, (_, i) => Array(cols).fill(i + 1));

describe('rows of numbers', () => {
  it('may be as many and as long as the limits, in every form', () => {
    const property = fc.property(sizes, ({ rows, cols }) => {
      for (const form of formsOf(drawn(rows, cols))) {
        expect(field(form, { rows, dims: cols })).toMatchObject({ rows, cols });
        expect(() => field(form, { rows: rows - 1 })).toThrow(`at most ${rows - 1} rows of x`);
        expect(() => field(form, { dims: cols - 1 })).toThrow(`at most ${cols - 1} numbers in a row of x`);
      }
    });
    fc.assert(property, runs);
  });

  it('count in bits where they are packed', () => {
    const property = fc.property(sizes, ({ rows, cols }) => {
      const array = { shape: [rows, cols], dtype: 'U8', data: new Uint8Array(rows * cols) };
      const answer = { embeddings: { ubinary: drawn(rows, cols) } };
      for (const form of [array, answer]) {
        expect(field(form, { rows, dims: 8 * cols }, true)).toMatchObject({ rows, cols: 8 * cols });
        expect(() => field(form, { dims: 8 * cols - 1 }, true)).toThrow(`at most ${8 * cols - 1} numbers in a row`);
      }
    });
    fc.assert(property, runs);
  });

  it('are not converted where they are too many', () => {
    for (const [rows, cols] of [
      [1e9, 8],
      [1, 1e9],
    ] as const) {
      // What reads them would find that there are none.
      const array = { shape: [rows, cols], dtype: 'U8', data: new Uint8Array() };
      expect(() => field(array, {}, true)).toThrow('are taken, got');
    }
    // A number of another kind would be refused by whoever reads it.
    const wide = { embeddings: { ubinary: [[1], Array(513).fill('x')] } };
    expect(() => field(wide)).toThrow('at most 4096 numbers in a row of x are taken, got 4104');
    expect(() => field(Array(20_001).fill('x'))).toThrow('at most 20000 rows of x');
    expect(() => field(`[${'['.repeat(20)}`)).toThrow('16 levels deep');
  });
});
