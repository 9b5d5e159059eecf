import { DataError, OptionsError, ShapeError } from '../../wasm/errors.js';
import { type Matrix, requireRows } from '../../wasm/matrix.js';
import { shown, shownKind } from '../../wasm/shown.js';
import type { EmbeddingsAnswer } from './embedding-rows.js';
import { checkedIds, type VectorId } from './ids.js';
import { type FileVectors, vectorsFromBytes } from './vector-bytes.js';
import { checkedVectors, scaleInt8, unpackBits, type Vectors } from './vector-checks.js';
import { vectorsFromAnswer, vectorsFromItems } from './vector-lines.js';

/** Rows of numbers, one after the other. */
export interface FlatVectors {
  /**
   * Rows x dims, row-major. Int8 values are multiplied by `scale`. Uint8 values are packed bits, the first dimension in
   * the highest bit of a row's first byte, as numpy.packbits and `ubinary` embeddings have it: 1 is read as 1, 0 as -1.
   */
  readonly data: Float32Array | Float64Array | Int8Array | Uint8Array;
  /** Numbers in a row; of packed bits, bits in a row, a multiple of 8. */
  readonly dims: number;
  readonly ids?: ArrayLike<VectorId>;
  /** Of int8: what one step is worth, of all dimensions or of each. Default 1. */
  readonly scale?: number | ArrayLike<number>;
}

/** A row with its id, as lines of .jsonl files have them; all rows have ids, or none. */
export interface VectorItem {
  readonly id?: VectorId;
  readonly embedding: readonly number[] | string;
}

/**
 * What is accepted where vectors are expected: a matrix, rows of numbers, rows with ids, flat numbers with their `dims`, the bytes of a
 * .npy, safetensors, .jsonl or .json file, the text of one with rows `{"id": ..., "embedding": [...]}`, or an embedding
 * API's answer, as an object or as JSON.
 */
export type VectorsLike =
  | EmbeddingsAnswer
  | Vectors
  | Matrix
  | FlatVectors
  | FileVectors
  | readonly ArrayLike<number>[]
  | readonly VectorItem[]
  | Uint8Array
  | string;

/**
 * The vectors behind `value`, checked. Float32 numbers are not copied. `name` names the argument in errors.
 *
 * @throws {ShapeError} on rows of different lengths, or numbers that do not fill whole rows
 * @throws {DataError} on a file that cannot be read, NaN, infinities, zero vectors, no vectors, or ids that clash; the
 * message names row, line or field
 * @throws {OptionsError} on what is none of the forms
 */
export function toVectors(value: VectorsLike, name: string): Vectors {
  if (typeof value === 'string') return vectorsFromBytes({ bytes: new TextEncoder().encode(value), name });
  if (value instanceof Uint8Array) return vectorsFromBytes({ bytes: value, name });
  if (isItems(value)) return vectorsFromItems(value, name);
  if (Array.isArray(value)) return fromRows(value, name);
  if (typeof value === 'object' && value !== null) {
    if ('bytes' in value) return vectorsFromBytes({ ...value, name: value.name ?? name });
    if ('dims' in value) return fromFlat(value, name);
    if ('rows' in value && 'cols' in value) return fromMatrix(value, name);
    if ('embeddings' in value || ('data' in value && Array.isArray(value.data))) return vectorsFromAnswer(value, name);
  }
  const hint = ArrayBuffer.isView(value) ? ` without dims: give { data, dims }` : '';
  throw new OptionsError(
    `${name} must be a matrix, rows of numbers, { data, dims }, the bytes of a .npy, safetensors, .jsonl or .json file, or an embedding API's answer, got ` +
      `${shownKind(value)}${hint}`,
  );
}

/** The row of each id, as text; where there are no ids, of each row's number. */
export function rowsById({ ids, rows }: Vectors): ReadonlyMap<string, number> {
  const map = new Map<string, number>();
  for (let row = 0; row < rows; row++) map.set(String(ids === null ? row : ids[row]), row);
  return map;
}

/** The id of a row: its number where there are no ids. */
export function idOfRow({ ids }: Vectors, row: number): VectorId {
  return ids === null ? row : ids[row];
}

function isItems(value: VectorsLike): value is readonly VectorItem[] {
  return Array.isArray(value) && typeof value[0] === 'object' && value[0] !== null && 'embedding' in value[0];
}

function fromMatrix(value: Matrix | Vectors, name: string): Vectors {
  const { data, rows, cols } = value;
  if (!(data instanceof Float32Array)) {
    throw new ShapeError(
      `${name}.data must be a Float32Array, got ${shownKind(data)}; other numbers take { data, dims }`,
    );
  }
  if (!Number.isInteger(rows) || !Number.isInteger(cols) || data.length !== rows * cols) {
    throw new ShapeError(`${name} says ${rows} x ${cols}, which is ${rows * cols} numbers, but holds ${data.length}`);
  }
  const ids = 'ids' in value ? (value.ids ?? null) : null;
  return checkedVectors({ data, rows, cols }, ids === null ? null : checkedIds(ids, rows, name), name);
}

function fromFlat({ data, dims, ids, scale }: FlatVectors, name: string): Vectors {
  if (!Number.isSafeInteger(dims) || dims < 1)
    throw new OptionsError(`${name}.dims must be a whole number from 1, got ${shown(dims)}`);
  checkFlat(data, name);
  if (scale !== undefined && !(data instanceof Int8Array)) {
    throw new OptionsError(`${name}.scale is for an Int8Array, but data is ${shownKind(data)}`);
  }
  const isPacked = data instanceof Uint8Array;
  if (isPacked && dims % 8 !== 0)
    throw new OptionsError(`${name}.dims must be a multiple of 8 for packed bits, got ${dims}`);
  const width = isPacked ? dims / 8 : dims;
  const rows = data.length / width;
  if (!Number.isInteger(rows)) {
    const unit = isPacked ? 'bytes' : 'numbers';
    throw new ShapeError(`${name}: ${data.length} ${unit} are no whole rows of ${width} (dims ${dims})`);
  }
  const floats = flatFloats(data, dims, scale ?? 1, name);
  return checkedVectors({ data: floats, rows, cols: dims }, ids ? checkedIds(ids, rows, name) : null, name);
}

function flatFloats(
  data: FlatVectors['data'],
  dims: number,
  scale: number | ArrayLike<number>,
  name: string,
): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof Int8Array) return scaleInt8(data, dims, scale, name);
  if (data instanceof Uint8Array) return unpackBits(data, dims);
  return new Float32Array(data);
}

function checkFlat(data: FlatVectors['data'], name: string): void {
  if ([Float32Array, Float64Array, Int8Array, Uint8Array].some((kind) => data instanceof kind)) return;
  throw new OptionsError(
    `${name}.data must be a Float32Array, Float64Array, Int8Array or Uint8Array, got ${shownKind(data)}`,
  );
}

function fromRows(rows: readonly ArrayLike<number>[], name: string): Vectors {
  requireRows(rows, name);
  const cols = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * cols);
  rows.forEach((row, i) => {
    if (row.length !== cols) throw new ShapeError(`${name}: row ${i} has ${row.length} numbers, row 0 has ${cols}`);
    for (let k = 0; k < cols; k++) {
      const value: unknown = row[k];
      // Anything else would be converted without a word: null to 0, '1' to 1.
      if (typeof value !== 'number')
        throw new DataError(`${name}: row ${i} column ${k} is ${shownKind(value)}, no number`);
      data[i * cols + k] = value;
    }
  });
  return checkedVectors({ data, rows: rows.length, cols }, null, name);
}
