import type { CoreOptions } from '../wasm/core.js';
import { DataError, ShapeError } from '../wasm/errors.js';
import { type Matrix, type MatrixLike, matrix, toMatrix } from '../wasm/matrix.js';
import { writeAdapter } from './adapter-file.js';
import type { AdapterMetadata } from './adapter-metadata.js';
import { residualOnnx } from './adapter-onnx.js';
import { applyHead, type Heads } from './heads.js';
import type { Residual, ResidualTensor } from './residual.js';
import { normaliseRows } from './residual-pass.js';

/** A matrix of an adapter as plain JSON, row-major. */
export interface AdapterTensorJson {
  readonly shape: readonly [number, number];
  readonly data: readonly number[];
}

/** An adapter as plain JSON: y = normalise(x + W x), or normalise(x + U (V x)). */
export interface AdapterJson extends AdapterMetadata {
  readonly query: Readonly<Record<string, AdapterTensorJson>> | null;
  readonly document: Readonly<Record<string, AdapterTensorJson>> | null;
}

/** A learnt change of embeddings: pure functions of a vector, which is never changed in place. */
export interface Adapter extends AdapterMetadata {
  /** Whether it changes nothing but lengths. */
  readonly isIdentity: boolean;
  /**
   * A query's vector, of any length, to the one to search with, of length 1. Plain JavaScript: no core is needed.
   *
   * @throws {ShapeError} on a vector that is not of `dims` numbers
   * @throws {DataError} on NaN, infinity or a vector of zeros
   */
  query(vector: ArrayLike<number>): Float32Array;
  /** A document's vector to the one to store. Throws as {@link Adapter.query}. */
  document(vector: ArrayLike<number>): Float32Array;
  /** Many queries at once, n x dims, by the core's products. Throws as {@link Adapter.query}, naming the row. */
  queries(vectors: MatrixLike, options?: CoreOptions): Matrix;
  /** Many documents at once. Throws as {@link Adapter.query}, naming the row. */
  documents(vectors: MatrixLike, options?: CoreOptions): Matrix;
  /** A safetensors file that `loadAdapter` reads; the same adapter gives the same bytes. */
  toBytes(): Uint8Array;
  toJSON(): AdapterJson;
  /** One side as an ONNX model (opset 13): `vectors`, n x dims, to `adapted`, of length 1. Default the queries'. */
  toONNX(side?: 'query' | 'document'): Uint8Array;
}

/** Wraps trained heads; their numbers must not change afterwards. */
export function adapterOf(heads: Heads, metadata: AdapterMetadata): Adapter {
  const { dims } = metadata;
  return {
    ...metadata,
    isIdentity: [heads.query, heads.document].every((head) => head === null || isZero(head)),
    query: (vector) => mapped(heads.query, checkedVector(vector, dims)),
    document: (vector) => mapped(heads.document, checkedVector(vector, dims)),
    queries: (vectors, options = {}) => applyHead(heads.query, checkedRows(vectors, dims, 'queries'), options),
    documents: (vectors, options = {}) => applyHead(heads.document, checkedRows(vectors, dims, 'documents'), options),
    toBytes: () => writeAdapter(heads, metadata),
    toJSON: () => ({ ...metadata, query: residualJson(heads.query), document: residualJson(heads.document) }),
    toONNX: (side = 'query') => residualOnnx(heads[side], side, metadata),
  };
}

/** W is 0 as soon as one of its factors is. */
function isZero({ tensors }: Residual): boolean {
  return tensors.some(({ data }) => data.every((value) => value === 0));
}

function mapped(head: Residual | null, x: Float32Array): Float32Array {
  if (head === null || isZero(head)) return x;
  const [first, second] = head.tensors as readonly [ResidualTensor, ResidualTensor];
  const residue = head.rank === null ? times(first, x) : times(first, times(second, x));
  const y = x.map((value, i) => value + residue[i]);
  normaliseRows(y, y.length);
  return y;
}

function times({ data, rows, cols }: ResidualTensor, x: ArrayLike<number>): Float64Array {
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let k = 0; k < cols; k++) sum += data[i * cols + k] * x[k];
    out[i] = sum;
  }
  return out;
}

/** A copy of length 1. */
function checkedVector(vector: ArrayLike<number>, dims: number): Float32Array {
  if (vector.length !== dims)
    throw new ShapeError(`the adapter takes vectors of ${dims} numbers, got ${vector.length}`);
  const x = Float32Array.from(vector);
  checkRows(x, dims, () => 'the vector');
  normaliseRows(x, dims);
  return x;
}

function checkedRows(vectors: MatrixLike, dims: number, name: string): Matrix {
  const { data, rows, cols } = toMatrix(vectors, name);
  if (cols !== dims) throw new ShapeError(`the adapter takes ${name} of ${dims} numbers, got ${cols}`);
  const x = data.slice();
  checkRows(x, dims, (row) => `${name}: row ${row}`);
  normaliseRows(x, dims);
  return matrix(x, rows, cols);
}

function checkRows(data: Float32Array, dims: number, name: (row: number) => string): void {
  for (let start = 0; start < data.length; start += dims) {
    let square = 0;
    for (let k = start; k < start + dims; k++) square += data[k] ** 2;
    if (Number.isFinite(square) && square > 0) continue;
    const fault = square === 0 ? 'is all zeros, which has no direction' : 'holds NaN or infinity';
    throw new DataError(`${name(start / dims)} ${fault}`);
  }
}

function residualJson(head: Residual | null): AdapterJson['query'] {
  if (head === null) return null;
  return Object.fromEntries(
    head.tensors.map(({ name, rows, cols, data }) => [name, { shape: [rows, cols], data: Array.from(data, shortest) }]),
  );
}

/** The nine digits from which a float32 comes back. */
function shortest(value: number): number {
  return Number(value.toPrecision(9));
}
