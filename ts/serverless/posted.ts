import type { FileArray } from '../adapters/inputs/vector-bytes.js';
import { floatsOfBytes } from '../data/float32-bytes.js';
import { describeJson } from '../data/json-row.js';
import { readNpy } from '../data/npy.js';
import { readSafetensors } from '../data/safetensors.js';
import { DataError } from '../wasm/errors.js';
import { requireParsable, requireParsableText } from './json-size.js';
import type { Limits } from './limits.js';
import { BYTES_TYPE, bareType, MEDIA_TYPES } from './media-types.js';
import { RequestError } from './request-error.js';

/** What was posted, by name: values of JSON, and arrays of binary bodies. */
export type Fields = Readonly<Record<string, unknown>>;

/** What is asked of a body beside its type. */
export interface Reading {
  /** The field that a body of one array is; null where one is not enough. */
  readonly array: string | null;
  readonly limits: Limits;
}

/** What bytes begin as. */
type BodyKind = 'json' | 'npy' | 'safetensors' | 'floats';

/**
 * The fields of a body and of the address's query: an object of JSON; the tensors of a safetensors file beside the object
 * of JSON in its metadata `fields`; or one array, a .npy file or, where the query has `columns`, float32 numbers alone,
 * which is called `reading.array` unless the query says otherwise with `as`. Values in the query are JSON or else text.
 *
 * @throws {RequestError} 415 on another media type, and on one array where there is no such name; 413 on JSON of too many
 * parts; 400 on malformed JSON and fields
 * that are given twice
 * @throws {DataError} on a malformed .npy file, or float32 numbers that fill no rows
 * @throws {CheckpointError} on a malformed safetensors file
 */
export function postedFields(bytes: Uint8Array, type: string | null, url: URL, reading: Reading): Fields {
  const { array, limits } = reading;
  const { as = array, columns, ...rest } = queryFields(url, limits);
  const kind = kindOf(bytes, bareType(type), columns !== undefined);
  if (kind === 'json') {
    return united(jsonFields(bytes, limits), rest);
  }
  if (kind === 'safetensors') {
    requireParsable(safetensorsHeader(bytes), limits);
    const { tensors, metadata } = readSafetensors(bytes);
    return united(
      Object.fromEntries(tensors),
      united(jsonFields(new TextEncoder().encode(metadata.fields ?? '{}'), limits), rest),
    );
  }
  if (typeof as !== 'string') {
    throw new RequestError(415, `this route takes several arrays: post JSON, or safetensors with a tensor for each`);
  }
  return united({ [as]: kind === 'npy' ? npyArray(bytes) : floats(bytes, columns) }, rest);
}

/** Whether a field is an array of a binary body. */
export function isArray(value: unknown): value is FileArray {
  return typeof value === 'object' && value !== null && 'data' in value && ArrayBuffer.isView(value.data);
}

function kindOf(bytes: Uint8Array, type: string, hasColumns: boolean): BodyKind {
  if (type === MEDIA_TYPES.json || type.endsWith('+json')) return 'json';
  if (type === MEDIA_TYPES.npy) return 'npy';
  if (type === MEDIA_TYPES.safetensors) return 'safetensors';
  if (type !== BYTES_TYPE && type !== '') {
    const known = [...Object.values(MEDIA_TYPES), BYTES_TYPE].join(', ');
    throw new RequestError(415, `content-type must be one of ${known}, got ${type.slice(0, 80)}`);
  }
  if (hasColumns) return 'floats';
  if (bytes[0] === 0x93) return 'npy';
  return bytes.length >= 8 && bytes.subarray(4, 8).every((byte) => byte === 0) ? 'safetensors' : 'json';
}

function queryFields(url: URL, limits: Limits): Fields {
  const names = [...url.searchParams.keys()];
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw new RequestError(400, `the address has ${describeJson(twice)} twice`);
  return Object.fromEntries([...url.searchParams].map(([name, value]) => [name, jsonOrText(value, limits)]));
}

function jsonOrText(value: string, limits: Limits): unknown {
  try {
    requireParsableText(value, limits);
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function jsonFields(bytes: Uint8Array, limits: Limits): Fields {
  requireParsable(bytes, limits);
  const source = text(bytes);
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RequestError(400, `the body is no JSON: ${reason.slice(0, 200)}`, {}, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RequestError(400, `the body must be an object of JSON, got ${Array.isArray(value) ? 'an array' : value}`);
  }
  return value as Fields;
}

function text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new RequestError(400, 'the body is neither JSON in UTF-8, nor .npy, nor safetensors', {}, { cause: error });
  }
}

function united(first: Fields, second: Fields): Fields {
  const twice = Object.keys(second).find((name) => Object.hasOwn(first, name));
  if (twice !== undefined) throw new RequestError(400, `the field ${describeJson(twice)} is given twice`);
  return { ...first, ...second };
}

/** What of a safetensors file is JSON; its length, in the first bytes, is checked by whoever reads the file. */
function safetensorsHeader(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 8) return bytes;
  return bytes.subarray(8, 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true));
}

function npyArray(bytes: Uint8Array): FileArray {
  const { shape, descr, data } = readNpy(bytes);
  return { shape, dtype: descr.slice(1), data };
}

function floats(bytes: Uint8Array, columns: unknown): FileArray {
  if (typeof columns !== 'number' || !Number.isSafeInteger(columns) || columns < 1) {
    throw new RequestError(400, `columns must be a whole number from 1, got ${describeJson(columns)}`);
  }
  if (bytes.length % (4 * columns) !== 0) {
    throw new DataError(`${bytes.length} bytes are no whole rows of ${columns} float32 numbers`);
  }
  const data = floatsOfBytes(bytes);
  return { shape: [data.length / columns, columns], dtype: 'F32', data };
}
