import { describeJson } from '../data/json-row.js';
import { checkOptions } from '../wasm/check-options.js';
import type { CoreOptions } from '../wasm/core.js';
import { DataError, OptionsError, ShapeError } from '../wasm/errors.js';
import { type Matrix, type MatrixLike, matrix, toMatrix } from '../wasm/matrix.js';
import { shown } from '../wasm/shown.js';
import { checkPrecision, probabilityOf, type ThresholdOptions, thresholdOf } from './calibration/calibration.js';
import { writeAdapter } from './files/adapter-file.js';
import type { AdapterMetadata } from './files/adapter-metadata.js';
import { headOnnx } from './files/adapter-onnx.js';
import { fileWriter } from './files/file-writer.js';
import { WEIGHTS, type Weights } from './files/stored-weights.js';
import { type Head, isIdentityHead, tensorsOf } from './heads/head.js';
import { headMatrix } from './heads/head-matrix.js';
import { normaliseRows, squaresOf } from './heads/head-pass.js';
import { applyHead, type Heads, type Side, sizesOf } from './heads/heads.js';
import { mapVector } from './heads/map-vector.js';
import { checkedSize, truncated } from './heads/truncation.js';

/** A matrix of an adapter as plain JSON, row-major. */
export interface AdapterTensorJson {
  readonly shape: readonly [number, number];
  readonly data: readonly number[];
}

/**
 * An adapter as plain JSON. With x of length 1, by `head`: `full`, y = normalise(x + W x); `low-rank`, normalise(x + U V x);
 * `mlp`, normalise(x + W2 s(W1 x + b1)), s(z) = z / (1 + |z|); `map`, normalise(M x).
 */
export interface AdapterJson extends AdapterMetadata {
  readonly query: Readonly<Record<string, AdapterTensorJson>> | null;
  readonly document: Readonly<Record<string, AdapterTensorJson>> | null;
}

/** How one vector is mapped. */
export interface MapOptions {
  /** One of the adapter's `sizes`: the first so many numbers, normalised again. Default the largest. */
  readonly dims?: number;
}

/** How a file is written. */
export interface AdapterFileOptions {
  /**
   * How matrices are kept: `f32`, `f16` (half the size), or `int8` with a scale a row (a quarter). Default `f32`.
   */
  readonly weights?: Weights;
}

/** A learnt change of embeddings: pure functions of a vector, which is never changed in place. */
export interface Adapter extends AdapterMetadata {
  /** Whether it changes nothing but lengths. */
  readonly isIdentity: boolean;
  /**
   * A query's vector, of any length, to the one to search with, of length 1. Plain JavaScript: no core is needed.
   *
   * @throws {ShapeError} on a vector that is not of `dims` numbers
   * @throws {DataError} on NaN, infinity or a vector of zeros, given or mapped to
   * @throws {OptionsError} on a size that is none of the adapter's
   */
  query(vector: ArrayLike<number>, options?: MapOptions): Float32Array;
  /** A document's vector, of `documentDims` numbers, to the one to store. Throws as {@link Adapter.query}. */
  document(vector: ArrayLike<number>, options?: MapOptions): Float32Array;
  /** Many queries at once, n x dims, by the core's products. Throws as {@link Adapter.query}, naming the row. */
  queries(vectors: MatrixLike, options?: MapOptions & CoreOptions): Matrix;
  /** Many documents at once. Throws as {@link Adapter.query}, naming the row. */
  documents(vectors: MatrixLike, options?: MapOptions & CoreOptions): Matrix;
  /**
   * The probability that a document is relevant which scores `score`, a cosine of the largest outputs, and is among a
   * query's ten best; null without a calibration.
   *
   * @throws {DataError} on a score that is no finite number
   */
  probability(score: number): number | null;
  /**
   * The least score from which documents among the ten best are relevant with that precision, by validation's queries;
   * null where none reaches it, and without a calibration.
   *
   * @throws {OptionsError} on a precision that is no number above 0 and below 1
   */
  threshold(options: ThresholdOptions): number | null;
  /**
   * A safetensors file that `loadAdapter` reads; the same adapter gives the same bytes. A limit on drift holds for rounded
   * weights as well.
   *
   * @throws {OptionsError} on unknown weights
   * @throws {StateError} on rounded weights with a limit on drift, outside Node before `load({ evaluation: true })`
   */
  toBytes(options?: AdapterFileOptions): Uint8Array;
  /**
   * In Node: writes the file that {@link Adapter.toBytes} gives, whole or not at all. An adapter that did not pass is the
   * report's fallback, such as the identity, and so is its file.
   *
   * @throws {FileError} where it cannot be written: a missing folder, a full disk
   * @throws {StateError} in a page or a function, which have no files
   */
  save(path: string, options?: AdapterFileOptions): Promise<void>;
  /**
   * The matrix A of one side, outputs x inputs: y = normalise(A x), to be multiplied elsewhere. Default the queries'.
   *
   * @throws {OptionsError} on a perceptron, which is not one matrix, and on an unknown side
   */
  toMatrix(side?: Side): Matrix;
  toJSON(): AdapterJson;
  /** One side as an ONNX model (opset 13): `vectors`, n x dims, to `adapted`, of the largest size and length 1. Default the queries'. */
  toONNX(side?: Side): Uint8Array;
}

/** Wraps trained heads; their numbers must not change afterwards. */
export function adapterOf(heads: Heads, metadata: AdapterMetadata): Adapter {
  const { sizes, calibration } = metadata;
  const largest = checkedSize(undefined, sizes);
  const one = (side: Side) => {
    const head = heads[side] === null || isIdentityHead(heads[side]) ? null : heads[side];
    const { input } = sizesOf(metadata, side);
    return (vector: ArrayLike<number>, options?: MapOptions): Float32Array => {
      const size = options === undefined ? largest : checkedSize(checkedMap(options, side).dims, sizes);
      const x = checkedVector(vector, input);
      const y = head === null ? x : mapVector(head, x);
      return checkedOutputs(truncated(matrix(y, 1, y.length), size), () => 'the vector').data;
    };
  };
  const many = (side: Side, name: string) => {
    const { input } = sizesOf(metadata, side);
    return (vectors: MatrixLike, given: MapOptions & CoreOptions = {}): Matrix => {
      const { dims, ...options } = checkedMap(given, name);
      const size = checkedSize(dims, sizes);
      const mapped = applyHead(heads[side], checkedRows(vectors, input, name), options);
      return checkedOutputs(truncated(mapped, size), (row) => `${name}: row ${row}`);
    };
  };
  return {
    ...metadata,
    isIdentity: [heads.query, heads.document].every((head) => head === null || isIdentityHead(head)),
    query: one('query'),
    document: one('document'),
    queries: many('query', 'queries'),
    documents: many('document', 'documents'),
    probability: (score) => calibration && probabilityOf(calibration, score),
    threshold: (options) => {
      checkOptions(options, { precision: true }, 'threshold');
      checkPrecision(options.precision);
      return calibration && thresholdOf(calibration, options.precision);
    },
    toBytes: (options = {}) => writeAdapter(heads, metadata, checkedWeights(options)),
    save: async (path, options = {}) => {
      if (typeof path !== 'string' || path === '') throw new OptionsError(`save takes a path, got ${shown(path)}`);
      await fileWriter()(path, writeAdapter(heads, metadata, checkedWeights(options)));
    },
    toMatrix: (side = 'query') => headMatrix(heads[checkedSide(side)], sizesOf(metadata, side).input),
    toJSON: () => ({ ...metadata, query: headJson(heads.query), document: headJson(heads.document) }),
    toONNX: (side = 'query') => headOnnx(heads[checkedSide(side)], side, metadata),
  };
}

function checkedSide(side: Side): Side {
  if (side === 'query' || side === 'document') return side;
  throw new OptionsError(`side must be query or document, got ${shown(side)}`);
}

function checkedMap<T extends MapOptions & CoreOptions>(options: T, name: string): T {
  checkOptions<MapOptions & CoreOptions>(options, { dims: true, deterministic: true }, name);
  return options;
}

/** @throws {OptionsError} on unknown weights, and options that there are not */
export function checkedWeights(options: AdapterFileOptions): Weights {
  checkOptions(options, { weights: true }, 'toBytes');
  const { weights = 'f32' } = options;
  if (WEIGHTS.includes(weights)) return weights;
  throw new OptionsError(`weights must be one of ${WEIGHTS.join(', ')}, got ${shown(weights)}`);
}

/** A copy of length 1. */
function checkedVector(vector: ArrayLike<number>, dims: number): Float32Array {
  if (typeof vector !== 'object' || vector === null || typeof vector.length !== 'number') {
    const given = vector === null ? 'null' : typeof vector;
    throw new OptionsError(`the adapter takes one vector, ${dims} numbers in an array, got ${given}`);
  }
  if (vector.length !== dims)
    throw new ShapeError(`the adapter takes vectors of ${dims} numbers, got ${vector.length}`);
  // Anything else would be converted without a word: null to 0, '1' to 1.
  const isPlain = ArrayBuffer.isView(vector) && typeof vector[0] === 'number';
  const odd = isPlain ? -1 : Array.from(vector).findIndex((value) => typeof value !== 'number');
  if (odd >= 0) throw new DataError(`the vector: number ${odd} is ${describeJson(vector[odd])}`);
  const x = new Float32Array(vector);
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
    const square = squaresOf(data, start, start + dims);
    if (Number.isFinite(square) && square > 0) continue;
    const fault = square === 0 ? 'is all zeros, which has no direction' : 'holds NaN or infinity';
    throw new DataError(`${name(start / dims)} ${fault}`);
  }
}

/** Refuses outputs that have no direction: a map may send a vector to zero, and huge weights overflow. */
function checkedOutputs(outputs: Matrix, name: (row: number) => string): Matrix {
  const { data, rows, cols } = outputs;
  for (let row = 0; row < rows; row++) {
    const square = squaresOf(data, row * cols, (row + 1) * cols);
    if (square > 0.5) continue;
    const fault = square === 0 ? 'is mapped to zeros, which have no direction' : 'is mapped to NaN or infinity';
    throw new DataError(`${name(row)} ${fault}: the adapter was not trained for such vectors`);
  }
  return outputs;
}

function headJson(head: Head | null): AdapterJson['query'] {
  if (head === null) return null;
  return Object.fromEntries(
    tensorsOf(head).map(({ name, rows, cols, data }) => [
      name,
      { shape: [rows, cols], data: Array.from(data, shortest) },
    ]),
  );
}

/** The nine digits from which a float32 comes back. */
function shortest(value: number): number {
  return Number(value.toPrecision(9));
}
