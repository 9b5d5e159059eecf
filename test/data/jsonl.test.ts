import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonlReader, readJsonl } from '../../ts/data/jsonl.js';
import { DataError } from '../../ts/wasm/errors.js';

const encode = (text: string) => new TextEncoder().encode(text);

describe('readJsonl', () => {
  it('D4: a byte order mark, CRLF and blank lines lose no row', () => {
    const good = '\ufeff{"x":[1,2],"y":[3,4]}\r\n\r\n{"x":[5,6],"y":[7,8]}\r\n{"x":[9,10],"y":[11,12]}\r\n\r\n';
    const { x, y } = readJsonl(encode(good), 'rows');
    expect(x).toEqual({ data: Float32Array.of(1, 2, 5, 6, 9, 10), rows: 3, cols: 2 });
    expect(y).toEqual({ data: Float32Array.of(3, 4, 7, 8, 11, 12), rows: 3, cols: 2 });
  });

  it.each([
    ['{"x":[1,2],"y":[3,4]} {"x":[5,6],"y":[7,8]}', 'y'],
    ['{"x":[1,2],"y":[NaN,4]}', 'y'],
    ['{"x":[NaN,2],"y":[3,4]}', 'x'],
    ['{"x":[1,2],"y":[1e999,4]}', 'y'],
    ['{"x":[1e39,2],"y":[3,4]}', 'x'],
    ['{"x":[1,2],"y":[null,4]}', 'y'],
    ['{"x":[1,2],"y":["3",4]}', 'y'],
    ['{"x":[1,2,3],"y":[3,4]}', 'x'],
    ['{"x":[1,2]}', 'y'],
    ['{"y":[1,2]}', 'x'],
    ['{"x":[],"y":[]}', 'x'],
    ['{"x":[[1,2]],"y":[3,4]}', 'x'],
    ['{"x":[1,2],"y":[3,4]', 'y'],
    ['[1,2]', 'x'],
    ['null', 'x'],
  ])('D4: the row %s is refused by line and field', (bad, field) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.constantFrom('\n', '\r\n', '\n\n'), (before, newline) => {
        const text = `{"x":[1,2],"y":[3,4]}${newline}`.repeat(before) + bad;
        const line = before * newline.split('\n').length - before + 1;
        expect(() => readJsonl(encode(text), 'rows')).toThrow(DataError);
        expect(() => readJsonl(encode(text), 'rows')).toThrow(new RegExp(`rows: line ${line}:.*\\b${field}\\b`));
      }),
    );
  });

  it.each(['', '\n\r\n', '\ufeff'])('D4: a file without rows is refused', (text) => {
    expect(() => readJsonl(encode(text), 'rows')).toThrow(/rows: expected rows/);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(() => readJsonl(Uint8Array.of(0xff, 0xfe, 0x7b, 0), 'rows')).toThrow(/rows: .*UTF-8/);
  });
});

describe('jsonlReader', () => {
  it('gives the same rows however the bytes are cut', () => {
    const number = fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
    const shape = fc.record({ xCols: fc.integer({ min: 1, max: 7 }), yCols: fc.integer({ min: 1, max: 5 }) });
    const rowsOf = ({ xCols, yCols }: { xCols: number; yCols: number }) =>
      fc.array(
        fc.record({
          note: fc.string({ unit: 'grapheme' }),
          x: fc.array(number, { minLength: xCols, maxLength: xCols }),
          y: fc.array(number, { minLength: yCols, maxLength: yCols }),
        }),
        { minLength: 1, maxLength: 20 },
      );
    fc.assert(
      fc.property(shape.chain(rowsOf), fc.integer({ min: 1, max: 40 }), (rows, piece) => {
        const bytes = encode(rows.map((row) => JSON.stringify(row)).join('\n'));
        const reader = jsonlReader('rows');
        for (let start = 0; start < bytes.length; start += piece) reader.push(bytes.subarray(start, start + piece));
        const { x, y } = reader.finish();
        expect(x).toEqual({
          data: Float32Array.from(rows.flatMap((row) => row.x)),
          rows: rows.length,
          cols: rows[0].x.length,
        });
        expect(y).toEqual({
          data: Float32Array.from(rows.flatMap((row) => row.y)),
          rows: rows.length,
          cols: rows[0].y.length,
        });
      }),
    );
  });
});
