import { describeJson } from '../../data/json-row.js';
import { type NpyValues, readNpy } from '../../data/npy.js';
import { readSafetensors, type Tensor } from '../../data/safetensors.js';
import { DataError, KantorovichError, OptionsError, ShapeError } from '../../wasm/errors.js';
import type { Packing } from './embedding-rows.js';
import { checkedIds, type VectorId } from './ids.js';
import { checkedVectors, scaleInt8, unpackBits, type Vectors } from './vector-checks.js';
import { vectorsFromJson } from './vector-lines.js';

/** A file's bytes, and what they do not say themselves. */
export interface FileVectors {
  /** A .npy, safetensors, .jsonl or .json file, told apart by how it begins; JSON may be an embedding API's answer. */
  readonly bytes: Uint8Array;
  /** Which file, in messages. */
  readonly name?: string;
  /** Ids of rows where the file has none. */
  readonly ids?: ArrayLike<VectorId>;
  /** Of a safetensors file: which tensor. Default: `embeddings`, or the only matrix there is. */
  readonly tensor?: string;
  /**
   * Bytes are packed bits, eight dimensions each: unsigned ones, which are refused without it, or `signed` ones, which are
   * 128 less, as `binary` embeddings have them. Default false.
   */
  readonly packed?: Packing;
  /** Of int8: what one step is worth, of all dimensions or of each. Default 1. */
  readonly scale?: number | ArrayLike<number>;
}

/** What a file can be. */
type VectorFormat = 'npy' | 'safetensors' | 'jsonl';

/** What an array file holds; `dtype` as the file calls it, without the byte order. */
export interface FileArray {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: NpyValues | Tensor['data'];
}

/**
 * The vectors in a file.
 *
 * @throws {DataError} naming file, and header field, tensor, row or line
 * @throws {OptionsError} on options that are out of range or not for such a file
 */
export function vectorsFromBytes(file: FileVectors): Vectors {
  const name = file.name ?? 'vectors';
  if (typeof name !== 'string') throw new OptionsError(`name must be text, got ${describeJson(name)}`);
  if (!(file.bytes instanceof Uint8Array)) throw new OptionsError(`${name}.bytes must be a Uint8Array`);
  const { packed = false } = file;
  if (typeof packed !== 'boolean' && packed !== 'signed') {
    throw new OptionsError(`${name}.packed must be true, false or 'signed', got ${describeJson(packed)}`);
  }
  switch (vectorFormat(file.bytes, name)) {
    case 'npy': {
      const { shape, descr, data } = namingErrors(name, () => readNpy(file.bytes));
      return vectorsFromArray({ shape, dtype: descr.slice(1), data }, file, name);
    }
    case 'safetensors': {
      const { tensors } = namingErrors(name, () => readSafetensors(file.bytes));
      const [key, tensor] = chosenTensor(tensors, file.tensor, name);
      return vectorsFromArray(tensor, file, `${name}: tensor ${key}`);
    }
    case 'jsonl':
      return fromJson(file, name);
  }
}

/**
 * Which of the formats bytes begin as.
 *
 * @throws {DataError} where they are none
 */
function vectorFormat(bytes: Uint8Array, name: string): VectorFormat {
  if (bytes.length === 0) throw new DataError(`${name}: the file is empty`);
  if (bytes[0] === 0x93) return 'npy';
  // The length of a safetensors header, little-endian: no text has zeros.
  if (bytes.length >= 8 && bytes.subarray(4, 8).every((byte) => byte === 0)) return 'safetensors';
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const isText = bytes.subarray(start, start + 64).every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
  if (isText && !(bytes[start] >= 0x80)) return 'jsonl';
  const found = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  throw new DataError(`${name}: expected a .npy, safetensors, .jsonl or .json file, it begins with bytes ${found}`);
}

function fromJson({ bytes, ids, tensor, scale, packed = false }: FileVectors, name: string): Vectors {
  if (tensor !== undefined || scale !== undefined) {
    throw new OptionsError(
      `${name}: ${tensor === undefined ? 'scale' : 'tensor'} is not for JSON, whose numbers count as they are`,
    );
  }
  const vectors = vectorsFromJson(bytes, name, packed);
  if (ids === undefined) return vectors;
  if (vectors.ids !== null) throw new OptionsError(`${name}: its rows have ids of their own, give no others`);
  return { ...vectors, ids: checkedIds(ids, vectors.rows, name) };
}

/** As {@link vectorsFromBytes}, of an array that was read. */
export function vectorsFromArray(
  { shape, dtype, data }: FileArray,
  file: Pick<FileVectors, 'ids' | 'packed' | 'scale'>,
  name: string,
): Vectors {
  if (shape.length !== 2) {
    throw new DataError(`${name}: expected rows of numbers (2 indices), shape is (${shape.join(', ')})`);
  }
  const { packed = false, scale } = file;
  const isSigned = packed === 'signed';
  const isBytes = dtype === 'u1' || dtype === 'U8';
  const isPacked = isSigned ? data instanceof Int8Array : isBytes;
  if (isBytes && packed === false) {
    throw new DataError(`${name}: holds unsigned bytes; where they are packed bits, eight dimensions each, say packed`);
  }
  if (packed !== false && !isPacked) {
    const kind = isSigned ? 'signed bytes (int8)' : 'unsigned bytes (uint8)';
    throw new OptionsError(`${name}: packed bits must be ${kind}, found ${dtype}`);
  }
  if (scale !== undefined && (isSigned || !(data instanceof Int8Array))) {
    throw new OptionsError(`${name}: scale is for int8 numbers, found ${dtype}`);
  }
  const [rows, width] = shape;
  const cols = isPacked ? width * 8 : width;
  const floats =
    isSigned && data instanceof Int8Array
      ? unpackBits(
          Uint8Array.from(data, (value) => value + 128),
          cols,
        )
      : toFloats(data, { dtype, cols, scale: scale ?? 1 }, name);
  return checkedVectors({ data: floats, rows, cols }, file.ids ? checkedIds(file.ids, rows, name) : null, name);
}

function toFloats(
  data: FileArray['data'],
  { dtype, cols, scale }: { readonly dtype: string; readonly cols: number; readonly scale: number | ArrayLike<number> },
  name: string,
): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof Uint8Array && (dtype === 'u1' || dtype === 'U8')) return unpackBits(data, cols);
  if (data instanceof Int8Array) return scaleInt8(data, cols, scale, name);
  // 64-bit integers come as float64, too.
  if (data instanceof Float64Array && (dtype === 'f8' || dtype === 'F64')) return new Float32Array(data);
  throw new DataError(`${name}: expected floats of 16 to 64 bits, int8 or packed uint8, found ${dtype}`);
}

function chosenTensor(
  tensors: ReadonlyMap<string, Tensor>,
  wanted: string | undefined,
  name: string,
): readonly [string, Tensor] {
  const matrices = [...tensors].filter(([, { shape }]) => shape.length === 2);
  const chosen =
    wanted === undefined
      ? (matrices.find(([key]) => key === 'embeddings') ?? (matrices.length === 1 ? matrices[0] : undefined))
      : [...tensors].find(([key]) => key === wanted);
  if (chosen !== undefined) return chosen;
  const found = [...tensors].map(([key, { shape }]) => `${key} [${shape.join(', ')}]`).join(', ') || 'none';
  const expected = wanted === undefined ? 'a tensor embeddings, or one matrix' : `a tensor ${wanted}`;
  throw new DataError(`${name}: expected ${expected}; the file has ${found}`);
}

function namingErrors<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ShapeError || !(error instanceof KantorovichError)) throw error;
    throw new DataError(`${name}: ${error.message}`, { cause: error });
  }
}
