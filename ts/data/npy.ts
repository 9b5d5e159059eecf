import { DataError } from '../wasm/errors.js';
import { type Matrix, type MatrixLike, matrix, toMatrix } from '../wasm/matrix.js';
import { checkBytes } from './file-bytes.js';
import { fromFloat16 } from './half-float.js';

/** The numbers of an array file, in the narrowest type that holds them. */
export type NpyValues =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

/** An array as NumPy saves it. */
export interface NpyArray {
  readonly shape: readonly number[];
  /** NumPy's name for the type in the file, such as `<f4`. */
  readonly descr: string;
  /** The last index moves fastest, whatever the file's order; float16 comes as float32, 64-bit integers as float64. */
  readonly data: NpyValues;
}

interface NpyHeader {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the numbers begin. */
  readonly start: number;
}

interface Dtype {
  readonly bytes: number;
  readonly allocate: (count: number) => NpyValues;
  readonly read: (view: DataView, offset: number, littleEndian: boolean) => number;
}

const DTYPES: ReadonlyMap<string, Dtype> = new Map<string, Dtype>([
  ['f2', { bytes: 2, allocate: (n) => new Float32Array(n), read: (v, o, le) => fromFloat16(v.getUint16(o, le)) }],
  ['f4', { bytes: 4, allocate: (n) => new Float32Array(n), read: (v, o, le) => v.getFloat32(o, le) }],
  ['f8', { bytes: 8, allocate: (n) => new Float64Array(n), read: (v, o, le) => v.getFloat64(o, le) }],
  ['i1', { bytes: 1, allocate: (n) => new Int8Array(n), read: (v, o) => v.getInt8(o) }],
  ['i2', { bytes: 2, allocate: (n) => new Int16Array(n), read: (v, o, le) => v.getInt16(o, le) }],
  ['i4', { bytes: 4, allocate: (n) => new Int32Array(n), read: (v, o, le) => v.getInt32(o, le) }],
  ['i8', { bytes: 8, allocate: (n) => new Float64Array(n), read: (v, o, le) => exact(v.getBigInt64(o, le)) }],
  ['u1', { bytes: 1, allocate: (n) => new Uint8Array(n), read: (v, o) => v.getUint8(o) }],
  ['u2', { bytes: 2, allocate: (n) => new Uint16Array(n), read: (v, o, le) => v.getUint16(o, le) }],
  ['u4', { bytes: 4, allocate: (n) => new Uint32Array(n), read: (v, o, le) => v.getUint32(o, le) }],
  ['u8', { bytes: 8, allocate: (n) => new Float64Array(n), read: (v, o, le) => exact(v.getBigUint64(o, le)) }],
  ['b1', { bytes: 1, allocate: (n) => new Uint8Array(n), read: (v, o) => v.getUint8(o) }],
]);

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * Reads a whole .npy file of format version 1, 2 or 3: either byte order, either memory order, floats of 16 to 64 bits,
 * integers of 8 to 64 bits, booleans. The bytes may start anywhere in their buffer.
 *
 * @throws {DataError} on any other file, naming the header field, or the bytes expected and found
 */
export function readNpy(bytes: Uint8Array): NpyArray {
  checkBytes(bytes, 'a .npy file');
  const header = readHeader(bytes);
  const { descr, shape, start } = header;
  const dtype = dtypeOf(descr);
  const count = shape.reduce((product, side) => product * side, 1);
  const found = bytes.length - start;
  // Compared before anything is allocated: a forged shape costs nothing.
  if (found !== count * dtype.bytes) {
    throw new DataError(
      `shape (${shape.join(', ')}) of ${descr} needs ${count * dtype.bytes} bytes after the header, found ${found}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, found);
  const data = dtype.allocate(count);
  for (let i = 0; i < count; i++) data[i] = dtype.read(view, i * dtype.bytes, !descr.startsWith('>'));
  return { shape, descr, data: header.fortranOrder ? toRowMajor(data, dtype.allocate(count), shape) : data };
}

/**
 * A file's array as a float32 matrix; an array with one index becomes one column.
 *
 * @throws {DataError} where the file cannot be read, has more than two indices, or holds what float32 cannot (NaN
 * and infinities among it); `name` says which file in the message
 */
export function readNpyMatrix(bytes: Uint8Array, name: string): Matrix {
  const { shape, data } = namingErrors(name, () => readNpy(bytes));
  if (shape.length < 1 || shape.length > 2) {
    throw new DataError(`${name}: expected rows of numbers (2 indices), shape is (${shape.join(', ')})`);
  }
  const [rows, cols = 1] = shape;
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new DataError(`${name}: row ${Math.floor(i / cols)} column ${i % cols} is ${data[i]}, no finite float32`);
  }
  return matrix(values, rows, cols);
}

/** A matrix as a .npy file: version 1, `<f4`, row-major, numbers from a multiple of 64 bytes on, as NumPy writes it. */
export function writeNpy(values: MatrixLike): Uint8Array {
  const { data, rows, cols } = toMatrix(values, 'values');
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${cols}), }`;
  const headerBytes = Math.ceil((10 + text.length + 1) / 64) * 64;
  const bytes = new Uint8Array(headerBytes + data.length * 4);
  bytes.set([...MAGIC, 1, 0]);
  bytes.set(new TextEncoder().encode(`${text.padEnd(headerBytes - 11)}\n`), 10);
  const view = new DataView(bytes.buffer);
  view.setUint16(8, headerBytes - 10, true);
  data.forEach((value, i) => {
    view.setFloat32(headerBytes + i * 4, value, true);
  });
  return bytes;
}

function readHeader(bytes: Uint8Array): NpyHeader {
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new DataError(
      `not an .npy file: it must begin with the 6 bytes \\x93NUMPY and a version (${bytes.length} bytes found)`,
    );
  }
  const version = bytes[6];
  if (version < 1 || version > 3) throw new DataError(`format version must be 1, 2 or 3, got ${version}.${bytes[7]}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const lengthBytes = version === 1 ? 2 : 4;
  if (bytes.length < 8 + lengthBytes) throw new DataError('the file ends within the header length');
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = 8 + lengthBytes + length;
  if (start > bytes.length) throw new DataError(`the header should end at byte ${start}, the file has ${bytes.length}`);
  return { ...parseDict(new TextDecoder().decode(bytes.subarray(8 + lengthBytes, start))), start };
}

/** The header is a Python dictionary of three entries, in any order. */
function parseDict(text: string): Omit<NpyHeader, 'start'> {
  const descr = field(text, 'descr', /\s*(['"])(.*?)\1/, 2);
  const order = field(text, 'fortran_order', /\s*(True|False)\b/, 1);
  const shape = field(text, 'shape', /\s*\(([\d\sL,]*)\)/, 1);
  return { descr, fortranOrder: order === 'True', shape: parseShape(shape) };
}

function field(text: string, name: string, value: RegExp, group: number): string {
  const match = new RegExp(`['"]${name}['"]\\s*:${value.source}`).exec(text);
  if (match === null)
    throw new DataError(`header field ${name} is missing or of an unknown form: ${text.trim().slice(0, 200)}`);
  return match[group];
}

function parseShape(text: string): readonly number[] {
  const sides = text.split(',').map((side) => side.trim().replace(/L$/, ''));
  if (sides.at(-1) === '') sides.pop();
  return sides.map((side) => {
    const number = /^\d+$/.test(side) ? Number(side) : Number.NaN;
    if (!Number.isSafeInteger(number)) throw new DataError(`header field shape must hold whole numbers, got (${text})`);
    return number;
  });
}

function dtypeOf(descr: string): Dtype {
  const dtype = /^[<>|=]/.test(descr) ? DTYPES.get(descr.slice(1)) : undefined;
  if (dtype === undefined) {
    throw new DataError(
      `header field descr must be one of ${[...DTYPES.keys()].join(', ')} with its byte order, got '${descr}'`,
    );
  }
  return dtype;
}

function exact(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number))
    throw new DataError(`the 64-bit integer ${value} is beyond 2^53, where float64 skips`);
  return number;
}

/** Column-major numbers, put in row-major order into `out`. */
function toRowMajor(data: NpyValues, out: NpyValues, shape: readonly number[]): NpyValues {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, side) => product * side, 1));
  const index = shape.map(() => 0);
  for (let i = 0, from = 0; i < out.length; i++) {
    out[i] = data[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

function namingErrors<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DataError) throw new DataError(`${name}: ${error.message}`, { cause: error });
    throw error;
  }
}
