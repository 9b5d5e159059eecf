import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNpy, readNpyMatrix, writeNpy } from '../../ts/data/npy.js';
import { DataError } from '../../ts/wasm/errors.js';
import { caseFile, containers } from './case-files.js';

const twoByThree = [1, 2, 3, 4, 5, 6];

/** A version 1 file with any header text and any bytes after it. */
function npy(header: string, data: ArrayLike<number> = [], version = [1, 0]): Uint8Array {
  const text = new TextEncoder().encode(header);
  const length = version[0] === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0];
  return Uint8Array.from([0x93, ...Buffer.from('NUMPY'), ...version, ...length, ...text, ...Array.from(data)]);
}

describe('readNpy', () => {
  it.each(['fortran_f4', 'v2_header_f4', 'long_header_f4', 'f8'])('D1: header fields of %s are honoured', (name) => {
    const { shape, data } = readNpy(caseFile('D1', name));
    expect(shape).toEqual([2, 3]);
    expect(Array.from(data)).toEqual(twoByThree);
  });

  it('D1: float16, int64 and uint8 give their numbers', () => {
    expect(Array.from(readNpy(caseFile('D1', 'f2')).data)).toEqual([1, -2, 65504, 2 ** -24]);
    expect(Array.from(readNpy(caseFile('D1', 'i8_labels')).data)).toEqual([0, 7, -1]);
    expect(Array.from(readNpy(caseFile('D1', 'u1')).data)).toEqual([0, 128, 255]);
  });

  it('D1: a truncated file is refused with the bytes expected and found', () => {
    expect(() => readNpy(caseFile('D1', 'truncated_f4'))).toThrow(DataError);
    expect(() => readNpy(caseFile('D1', 'truncated_f4'))).toThrow(/24 bytes.*found 20/);
  });

  it('D1: any other length than the header says is refused', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), (length) => {
        const file = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}\n", new Uint8Array(length));
        if (length === 24) expect(readNpy(file).data).toHaveLength(6);
        else expect(() => readNpy(file)).toThrow(DataError);
      }),
    );
  });

  it('D3: data that begin at offset 71 read the same from every container', () => {
    for (const bytes of containers(caseFile('D3', 'npy_unaligned_data_at_offset_71'))) {
      expect(Array.from(readNpy(bytes).data)).toEqual(twoByThree);
    }
  });

  it('puts column-major arrays of any shape in row-major order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }), (shape) => {
        const count = shape.reduce((product, side) => product * side, 1);
        const sides = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
        const bytes = Uint8Array.from({ length: count }, (_, i) => i);
        const { data } = readNpy(npy(`{'descr': '|u1', 'fortran_order': True, 'shape': ${sides}, }`, bytes));
        expect(Array.from(data)).toEqual(columnMajorToRows(shape));
      }),
    );
  });

  it('reads big-endian numbers, double quotes, any order of fields and version 3', () => {
    const header = '{"shape": (2L,), "fortran_order": False, "descr": ">i2"}';
    expect(Array.from(readNpy(npy(header, [1, 2, 0xff, 0xfe], [3, 0])).data)).toEqual([258, -2]);
  });

  it('reads every float16', () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const header = "{'descr': '<f2', 'fortran_order': False, 'shape': (65536,), }";
    const { data } = readNpy(npy(header, new Uint8Array(bits.buffer)));
    bits.forEach((word, i) => {
      // The same number as float32: exponent moved by 127 - 15, fraction by 13 bits; subnormals by their definition.
      const isSubnormal = (word & 0x7c00) === 0;
      const wide =
        ((word & 0x8000) << 16) |
        (((word & 0x7c00) === 0x7c00 ? 0x3fc00 : (word & 0x7c00) + 0x1c000) << 13) |
        ((word & 0x3ff) << 13);
      const normal = new Float32Array(Uint32Array.of(wide).buffer)[0];
      const expected = isSubnormal ? (word & 0x8000 ? -1 : 1) * (word & 0x3ff) * 2 ** -24 : normal;
      if (!Object.is(data[i], expected)) expect.fail(`${word.toString(16)} gave ${data[i]}, expected ${expected}`);
    });
  });

  it.each([
    ['no array file', Uint8Array.from([1, 2, 3]), /\.npy/],
    ['version 4', npy('{}', [], [4, 0]), /version.*4/],
    ['a header past the end', npy('').slice(0, 9), /\.npy/],
    ['no descr', npy("{'fortran_order': False, 'shape': (1,)}"), /descr/],
    ['no shape', npy("{'descr': '<f4', 'fortran_order': False}"), /shape/],
    ['no memory order', npy("{'descr': '<f4', 'shape': (1,)}"), /fortran_order/],
    ['objects', npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"), /descr.*\|O/],
    ['records', npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"), /descr/],
    ['a negative side', npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}"), /shape/],
    ['a huge shape', npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999, 99999999)}"), /bytes/],
  ])('refuses %s with a DataError', (_, bytes, message) => {
    expect(() => readNpy(bytes)).toThrow(DataError);
    expect(() => readNpy(bytes)).toThrow(message);
  });

  it('refuses 64-bit integers that float64 cannot hold', () => {
    const header = "{'descr': '<i8', 'fortran_order': False, 'shape': (1,)}";
    const bytes = new Uint8Array(BigInt64Array.of(2n ** 53n + 1n).buffer);
    expect(() => readNpy(npy(header, bytes))).toThrow(/9007199254740993/);
  });
});

describe('writeNpy', () => {
  it('writes what readNpyMatrix reads, numbers aligned to 64 bytes', () => {
    const shape = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(
        shape,
        fc.infiniteStream(fc.float({ noNaN: true, noDefaultInfinity: true })),
        ([rows, cols], numbers) => {
          const data = Float32Array.from(numbers.take(rows * cols));
          const bytes = writeNpy({ data, rows, cols });
          expect((bytes.length - data.byteLength) % 64).toBe(0);
          expect(readNpyMatrix(bytes, 'file')).toEqual({ data, rows, cols });
        },
      ),
    );
  });
});

describe('readNpyMatrix', () => {
  it('names file, row and column of a number that is not finite in float32', () => {
    const bytes = writeNpy({ data: Float32Array.of(1, 2, Number.NaN, 4), rows: 2, cols: 2 });
    expect(() => readNpyMatrix(bytes, 'x.npy')).toThrow(/x\.npy: row 1 column 0 is NaN/);
    const wide = npy(
      "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1)}",
      new Uint8Array(Float64Array.of(1e300).buffer),
    );
    expect(() => readNpyMatrix(wide, 'x.npy')).toThrow(/1e\+300/);
  });

  it('refuses arrays with three indices, and takes one index as a column', () => {
    const cube = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 1)}", [5]);
    expect(() => readNpyMatrix(cube, 'x.npy')).toThrow(/x\.npy.*\(1, 1, 1\)/);
    const line = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}", [5, 6]);
    expect(readNpyMatrix(line, 'x.npy')).toEqual({ data: Float32Array.of(5, 6), rows: 2, cols: 1 });
  });
});

/** The numbers 0.. counted with the first index fastest, listed with the last index fastest. */
function columnMajorToRows(shape: readonly number[]): number[] {
  const walk = (axis: number, stride: number, at: number): number[] =>
    axis === shape.length
      ? [at]
      : Array.from({ length: shape[axis] }, (_, i) => walk(axis + 1, stride * shape[axis], at + i * stride)).flat();
  return walk(0, 1, 0);
}
