import { type NpyValues, readNpy } from '../data/npy.js';
import { readSafetensors, type Tensor } from '../data/safetensors.js';
import { DataError, KantorovichError, OptionsError, ShapeError } from '../wasm/errors.js';
import { type EmbeddingLine, embeddingLineReader } from './embedding-lines.js';
import { checkedIds, idCollector, type VectorId } from './ids.js';
import { checkedVectors, scaleInt8, unpackBits, type Vectors } from './vector-checks.js';

/** A file's bytes, and what they do not say themselves. */
export interface FileVectors {
  /** A .npy, safetensors or .jsonl file, told apart by how it begins. */
  readonly bytes: Uint8Array;
  /** Which file, in messages. */
  readonly name?: string;
  /** Ids of .npy and safetensors rows; a .jsonl file has its own. */
  readonly ids?: ArrayLike<VectorId>;
  /** Of a safetensors file: which tensor. Default: `embeddings`, or the only matrix there is. */
  readonly tensor?: string;
  /** Unsigned bytes are packed bits, eight dimensions each; without it they are refused. Default false. */
  readonly packed?: boolean;
  /** Of int8: what one step is worth, of all dimensions or of each. Default 1. */
  readonly scale?: number | ArrayLike<number>;
}

/** What a file can be. */
export type VectorFormat = 'npy' | 'safetensors' | 'jsonl';

/** What an array file holds; `dtype` as the file calls it, without the byte order. */
interface FileArray {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: NpyValues | Tensor['data'];
}

const CHUNK = 2 ** 20;

/**
 * The vectors in a file.
 *
 * @throws {DataError} naming file, and header field, tensor, row or line
 */
export function vectorsFromBytes(file: FileVectors): Vectors {
  const name = file.name ?? 'vectors';
  if (!(file.bytes instanceof Uint8Array)) throw new OptionsError(`${name}.bytes must be a Uint8Array`);
  switch (vectorFormat(file.bytes, name)) {
    case 'npy': {
      const { shape, descr, data } = namingErrors(name, () => readNpy(file.bytes));
      return fromArray({ shape, dtype: descr.slice(1), data }, file, name);
    }
    case 'safetensors': {
      const { tensors } = namingErrors(name, () => readSafetensors(file.bytes));
      const [key, tensor] = chosenTensor(tensors, file.tensor, name);
      return fromArray(tensor, file, `${name}: tensor ${key}`);
    }
    case 'jsonl':
      if (file.ids !== undefined) throw new OptionsError(`${name}: a .jsonl file has its own ids, give no others`);
      return fromLines(file.bytes, name);
  }
}

/**
 * Which of the formats bytes begin as.
 *
 * @throws {DataError} where they are none
 */
export function vectorFormat(bytes: Uint8Array, name: string): VectorFormat {
  if (bytes.length === 0) throw new DataError(`${name}: the file is empty`);
  if (bytes[0] === 0x93) return 'npy';
  // The length of a safetensors header, little-endian: no text has zeros.
  if (bytes.length >= 8 && bytes.subarray(4, 8).every((byte) => byte === 0)) return 'safetensors';
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const isText = bytes.subarray(start, start + 64).every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
  if (isText && !(bytes[start] >= 0x80)) return 'jsonl';
  const found = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  throw new DataError(`${name}: expected a .npy, safetensors or .jsonl file, it begins with bytes ${found}`);
}

function fromArray({ shape, dtype, data }: FileArray, file: FileVectors, name: string): Vectors {
  if (shape.length !== 2) {
    throw new DataError(`${name}: expected rows of numbers (2 indices), shape is (${shape.join(', ')})`);
  }
  const { packed = false, scale } = file;
  const isPacked = dtype === 'u1' || dtype === 'U8';
  if (isPacked && !packed) {
    throw new DataError(`${name}: holds unsigned bytes; where they are packed bits, eight dimensions each, say packed`);
  }
  if (packed && !isPacked)
    throw new OptionsError(`${name}: packed bits must be unsigned bytes (uint8), found ${dtype}`);
  if (scale !== undefined && !(data instanceof Int8Array)) {
    throw new OptionsError(`${name}: scale is for int8 numbers, found ${dtype}`);
  }
  const [rows, width] = shape;
  const cols = isPacked ? width * 8 : width;
  const floats = toFloats(data, { dtype, cols, scale: scale ?? 1 }, name);
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

/** Takes the bytes of a .jsonl file piece by piece. */
export interface VectorLines {
  /** @throws {DataError} on the first bad row, naming line and field */
  push(chunk: Uint8Array): void;
  /**
   * The vectors of all lines.
   *
   * @throws {DataError} on a bad last row, or where there was none
   */
  finish(): Vectors;
}

/**
 * A reader of rows `{"id": ..., "embedding": [numbers]}` of one length, with ids in all rows or none; see
 * {@link embeddingLineReader}. `name` says which file in messages.
 */
export function vectorLines(name: string): VectorLines {
  const reader = embeddingLineReader(name);
  const rows = growingRows(name);
  return {
    push: (chunk) => reader.push(chunk).forEach(rows.push),
    finish: () => {
      reader.finish().forEach(rows.push);
      return rows.finish();
    },
  };
}

function fromLines(bytes: Uint8Array, name: string): Vectors {
  const lines = vectorLines(name);
  for (let at = 0; at < bytes.length; at += CHUNK) lines.push(bytes.subarray(at, at + CHUNK));
  return lines.finish();
}

/** Rows of one length, all with ids or none, in an array that doubles when it is full. */
function growingRows(name: string) {
  let data = new Float32Array(1024);
  let first: EmbeddingLine | undefined;
  let rows = 0;
  const collector = idCollector(name);
  const push = (row: EmbeddingLine) => {
    first ??= row;
    checkAlike(row, first, `${name}: line ${row.line}`);
    if (row.id !== undefined) collector.push(row.id, `line ${row.line}`);
    const cols = row.embedding.length;
    while (data.length < (rows + 1) * cols) {
      const larger = new Float32Array(data.length * 2);
      larger.set(data);
      data = larger;
    }
    data.set(row.embedding, rows * cols);
    rows += 1;
  };
  const finish = (): Vectors => {
    if (first === undefined) throw new DataError(`${name}: expected rows {"id": ..., "embedding": [...]}, found none`);
    const cols = first.embedding.length;
    const ids: readonly VectorId[] | null = first.id === undefined ? null : collector.ids;
    // The reader has refused what is not finite and zero vectors, naming their lines.
    return { data: data.slice(0, rows * cols), rows, cols, ids };
  };
  return { push, finish };
}

function checkAlike(row: EmbeddingLine, first: EmbeddingLine, where: string): void {
  const [count, expected] = [row.embedding.length, first.embedding.length];
  if (count !== expected) {
    throw new DataError(`${where}: field embedding has ${count} numbers, line ${first.line} has ${expected}`);
  }
  if ((row.id === undefined) !== (first.id === undefined)) {
    const [here, there] = row.id === undefined ? ['no id', 'one'] : ['an id', 'none'];
    throw new DataError(`${where}: field id: ${here} here, line ${first.line} has ${there}`);
  }
}

function namingErrors<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ShapeError || !(error instanceof KantorovichError)) throw error;
    throw new DataError(`${name}: ${error.message}`, { cause: error });
  }
}
