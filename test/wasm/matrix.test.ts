import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError, ShapeError } from '../../ts/wasm/errors.js';
import { matrix, toMatrix } from '../../ts/wasm/matrix.js';

describe('toMatrix', () => {
  it('takes rows, of arrays or of typed ones, and matrices as they are', () => {
    const numbers = fc.float({ noNaN: true });
    const rows = fc
      .integer({ min: 0, max: 5 })
      .chain((cols) => fc.array(fc.array(numbers, { minLength: cols, maxLength: cols }), { minLength: 1 }));
    fc.assert(
      fc.property(rows, (given) => {
        const found = toMatrix(given, 'w');
        expect([found.rows, found.cols, found.data]).toEqual([
          given.length,
          given[0].length,
          Float32Array.from(given.flat()),
        ]);
        expect(toMatrix(found, 'w')).toBe(found);
      }),
    );
    expect(toMatrix([Float32Array.of(1, 2)], 'w')).toEqual(matrix(Float32Array.of(1, 2), 1, 2));
    expect(toMatrix([], 'w')).toMatchObject({ rows: 0, cols: 0 });
  });

  const data = new Float32Array(6);
  it.each([
    ['nothing', null],
    ['no value', undefined],
    ['a number', 5],
    ['a text', 'abc'],
    ['an object', {}],
    ['an object without a constructor', Object.create(null)],
    ['numbers for rows', [1, 2]],
    ['a row that is missing', [[1], null]],
    ['a row that claims a length', [{ length: 2 ** 53 - 1 }]],
    ['rows of different lengths', [[1, 2], [3]]],
    ['other data', { data: [1, 2], rows: 1, cols: 2 }],
    ['sizes below 0 whose product fits', { data, rows: -3, cols: -2 }],
    ['sizes that are no whole numbers', { data, rows: 1.5, cols: 4 }],
    ['sizes that are texts', { data, rows: '3', cols: '2' }],
    ['other sizes', { data, rows: 3, cols: 3 }],
  ] as const)('refuses %s, naming the argument', (_, given) => {
    const take = () => toMatrix(given, 'weights');
    expect(take).toThrow(ShapeError);
    expect(take).toThrow(/weights/);
  });

  it('says how a tensor is given, whose data is a function', () => {
    const tensor: unknown = { shape: [1, 2], data: async () => data };
    expect(() => Reflect.apply(toMatrix, undefined, [tensor, 'x'])).toThrow(
      /^x\.data must be a Float32Array, got a function: give a tensor as { data: await x\.data\(\), rows, cols }$/,
    );
  });

  it.each([['1'], [null], [undefined], [1n], [{}]])('refuses an entry that is %s, naming its place', (entry) => {
    const rows: readonly unknown[][] = [
      [1, 2],
      [3, entry],
    ];
    const take = () => toMatrix(rows as readonly number[][], 'x');
    expect(take).toThrow(DataError);
    expect(take).toThrow(/x: row 1, column 1/);
  });
});
