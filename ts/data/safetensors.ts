import { CheckpointError, OptionsError, ShapeError } from '../wasm/errors.js';
import { checkBytes } from './file-bytes.js';
import { fromFloat16, toFloat16 } from './half-float.js';

/** A tensor, row-major, in the array type of its dtype. */
export type Tensor =
  | { readonly dtype: 'F64'; readonly shape: readonly number[]; readonly data: Float64Array }
  | { readonly dtype: 'F32' | 'F16' | 'BF16'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'I64'; readonly shape: readonly number[]; readonly data: BigInt64Array }
  | { readonly dtype: 'U64'; readonly shape: readonly number[]; readonly data: BigUint64Array }
  | { readonly dtype: 'I32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly dtype: 'U32'; readonly shape: readonly number[]; readonly data: Uint32Array }
  | { readonly dtype: 'I16'; readonly shape: readonly number[]; readonly data: Int16Array }
  | { readonly dtype: 'U16'; readonly shape: readonly number[]; readonly data: Uint16Array }
  | { readonly dtype: 'I8'; readonly shape: readonly number[]; readonly data: Int8Array }
  | { readonly dtype: 'U8' | 'BOOL'; readonly shape: readonly number[]; readonly data: Uint8Array };

/** What a safetensors file holds. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Entry {
  readonly name: string;
  readonly dtype: Tensor['dtype'];
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const BYTES = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const satisfies Record<Tensor['dtype'], number>;

/** Tens of thousands of tensors fit; a forged length is refused before it is used. */
const HEADER_LIMIT = 10_000_000;

/**
 * Reads a whole safetensors file. Everything is checked before anything is allocated: lengths, offsets without gaps or
 * overlaps, shapes against bytes. The bytes may start anywhere in their buffer; numbers are copied out of it.
 *
 * @throws {CheckpointError} on a file that is truncated, longer than it says, or malformed
 * @see https://github.com/huggingface/safetensors#format
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  checkBytes(bytes, 'a safetensors file');
  const { header, start } = readHeader(bytes);
  const { __metadata__: metadata, ...rest } = header;
  const entries = Object.entries(rest).map(([name, value]) => checkedEntry(name, value));
  checkLayout(entries, bytes.length - start);
  const tensors = new Map<string, Tensor>();
  for (const entry of entries) {
    tensors.set(entry.name, readTensor(entry, bytes.subarray(start + entry.begin, start + entry.end)));
  }
  return { tensors, metadata: checkedMetadata(metadata) };
}

/**
 * Writes a safetensors file: the header padded to a multiple of 8 bytes, wider types first, so that every tensor is
 * aligned; F16 numbers are rounded to the nearest; the same tensors and metadata give the same bytes.
 *
 * @throws {ShapeError} where a tensor's data does not fit its shape, or its type cannot be written (BF16)
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  if (typeof tensors?.get !== 'function') throw new OptionsError('tensors must be a Map of names to tensors');
  const ordered = [...tensors].sort(([, a], [, b]) => BYTES[b.dtype] - BYTES[a.dtype]);
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  let end = 0;
  for (const [name, tensor] of ordered) {
    checkWritable(name, tensor);
    const begin = end;
    end += tensor.data.length * BYTES[tensor.dtype];
    header.push([name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [begin, end] }]);
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const start = 8 + Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(start + end).fill(0x20, 8, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(text, 8);
  writeData(bytes.subarray(start), ordered);
  return bytes;
}

function writeData(out: Uint8Array, ordered: readonly (readonly [string, Tensor])[]): void {
  let at = 0;
  for (const [, tensor] of ordered) {
    const data = tensor.dtype === 'F16' ? Uint16Array.from(tensor.data, toFloat16) : tensor.data;
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
}

function checkWritable(name: string, { dtype, shape, data }: Tensor): void {
  if (dtype === 'BF16') throw new ShapeError(`tensor ${name}: BF16 can be read, not written; use F32 or F16`);
  if (name === '__metadata__' || elements(shape) !== data.length) {
    throw new ShapeError(
      `tensor ${name}: shape [${shape.join(', ')}] is ${elements(shape)} numbers, got ${data.length}`,
    );
  }
}

function readHeader(bytes: Uint8Array): { readonly header: Readonly<Record<string, unknown>>; readonly start: number } {
  if (bytes.length < 8) throw new CheckpointError(`a safetensors file has at least 8 bytes, found ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > bytes.length - 8 || length > HEADER_LIMIT) throw headerLengthError(bytes, length);
  const text = decode(bytes.subarray(8, 8 + length));
  const header = parse(text);
  if (!text.startsWith('{') || !isObject(header))
    throw new CheckpointError('the header must be a JSON object that begins at byte 8');
  return { header, start: 8 + length };
}

function headerLengthError(bytes: Uint8Array, length: number): CheckpointError {
  const isPointer = new TextDecoder().decode(bytes.subarray(0, 15)) === 'version https:/';
  const hint = isPointer ? '; this is a Git LFS pointer, not the file it stands for' : '';
  return new CheckpointError(
    `the header says it has ${length} bytes, ${bytes.length - 8} follow (at most ${HEADER_LIMIT} are allowed)${hint}`,
  );
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new CheckpointError('the header is not UTF-8', { cause: error });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CheckpointError(`the header is not JSON: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

function checkedEntry(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
  if (!isDtype(dtype)) {
    throw new CheckpointError(
      `tensor ${name}: dtype must be one of ${Object.keys(BYTES).join(', ')}, got ${JSON.stringify(dtype)}`,
    );
  }
  if (!isCounts(shape))
    throw new CheckpointError(`tensor ${name}: shape must be whole numbers, got ${JSON.stringify(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw new CheckpointError(`tensor ${name}: data_offsets must be [begin, end], got ${JSON.stringify(offsets)}`);
  }
  const entry = { name, dtype, shape, begin: offsets[0], end: offsets[1] };
  const needed = elements(shape) * BYTES[dtype];
  if (needed !== entry.end - entry.begin) {
    throw new CheckpointError(
      `tensor ${name}: [${shape.join(', ')}] of ${dtype} is ${needed} bytes, data_offsets give ${entry.end - entry.begin}`,
    );
  }
  return entry;
}

/** Tensors must follow each other without gap or overlap, from the first byte to the last. */
function checkLayout(entries: readonly Entry[], found: number): void {
  let end = 0;
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end)
      throw new CheckpointError(`tensor ${entry.name} begins at byte ${entry.begin} of the data, expected ${end}`);
    end = entry.end;
  }
  if (end !== found) throw new CheckpointError(`the tensors need ${end} bytes after the header, found ${found}`);
}

function checkedMetadata(metadata: unknown): Readonly<Record<string, string>> {
  if (metadata === undefined) return {};
  if (!isTextRecord(metadata)) throw new CheckpointError('__metadata__ must map names to strings');
  return metadata;
}

function readTensor({ dtype, shape }: Entry, bytes: Uint8Array): Tensor {
  // A copy of its own starts at an aligned address; `slice` of a Node Buffer would not copy.
  const { buffer } = new Uint8Array(bytes);
  switch (dtype) {
    case 'F64':
      return { dtype, shape, data: new Float64Array(buffer) };
    case 'F32':
      return { dtype, shape, data: new Float32Array(buffer) };
    case 'F16':
      return { dtype, shape, data: Float32Array.from(new Uint16Array(buffer), fromFloat16) };
    case 'BF16':
      return { dtype, shape, data: fromBrainFloats(new Uint16Array(buffer)) };
    case 'I64':
      return { dtype, shape, data: new BigInt64Array(buffer) };
    case 'U64':
      return { dtype, shape, data: new BigUint64Array(buffer) };
    case 'I32':
      return { dtype, shape, data: new Int32Array(buffer) };
    case 'U32':
      return { dtype, shape, data: new Uint32Array(buffer) };
    case 'I16':
      return { dtype, shape, data: new Int16Array(buffer) };
    case 'U16':
      return { dtype, shape, data: new Uint16Array(buffer) };
    case 'I8':
      return { dtype, shape, data: new Int8Array(buffer) };
    case 'U8':
    case 'BOOL':
      return { dtype, shape, data: new Uint8Array(buffer) };
    default:
      return dtype satisfies never;
  }
}

/** A bfloat16 is the upper half of a float32. */
function fromBrainFloats(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (upper) => upper << 16).buffer);
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isDtype(value: unknown): value is Tensor['dtype'] {
  return typeof value === 'string' && Object.hasOwn(BYTES, value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}
