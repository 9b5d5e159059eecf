import type { VectorId } from '../adapters/inputs/ids.js';
import { type Qrels, type QrelsLike, toQrels } from '../adapters/inputs/qrels.js';
import { type FileArray, vectorsFromArray } from '../adapters/inputs/vector-bytes.js';
import type { Vectors } from '../adapters/inputs/vector-checks.js';
import { toVectors, type VectorsLike } from '../adapters/inputs/vectors.js';
import { describeJson } from '../data/json-row.js';
import { requireFinite } from '../data/pairs.js';
import { DataError, OptionsError, ShapeError } from '../wasm/errors.js';
import { type Matrix, type MatrixLike, toMatrix } from '../wasm/matrix.js';
import { type Limits, requireAtMost } from './limits.js';
import { type Fields, isArray } from './posted.js';

/**
 * A field's rows of numbers, finite, within the limits.
 *
 * @throws {ShapeError} on what is no matrix
 * @throws {DataError} on rows of anything but finite numbers
 * @throws {RequestError} 413 on more rows or numbers than the limits allow
 */
export function matrixField(fields: Fields, name: string, limits: Limits): Matrix {
  const value = fields[name];
  if (value === undefined) throw new OptionsError(`expected rows of numbers in the field ${name}, got none`);
  const matrix = isArray(value) ? matrixOf(value, name) : toMatrix(value as MatrixLike, name);
  if (matrix.rows === 0 || matrix.cols === 0) throw new DataError(`${name}: expected at least one row of numbers`);
  requireWithin(matrix, name, limits);
  requireFinite(matrix, name);
  return matrix;
}

/**
 * A field's embeddings in any of the forms that toVectors takes, with the ids in the field `ids` where they have none.
 *
 * @throws what {@link toVectors} throws, and {RequestError} 413 on more rows or numbers than the limits allow
 */
export function vectorsField(fields: Fields, name: string, limits: Limits, ids?: string): Vectors {
  const value = fields[name];
  const vectors = isArray(value)
    ? vectorsFromArray(value, { packed: fields.packed === true && isUnsigned(value) }, name)
    : toVectors(value as VectorsLike, name);
  requireWithin(vectors, name, limits);
  if (ids === undefined || fields[ids] === undefined) return vectors;
  if (!Array.isArray(fields[ids])) throw new OptionsError(`${ids} must be an array, got ${describeJson(fields[ids])}`);
  if (vectors.ids !== null) throw new OptionsError(`${name} have ids of their own: give no ${ids}`);
  return toVectors({ ...vectors, ids: fields[ids] as readonly VectorId[] }, name);
}

/**
 * The field `qrels`: JSON as toQrels takes it, or an array of pairs of rows, or of triples with grades.
 *
 * @throws what {@link toQrels} throws, and {RequestError} 413 on more judgements than the limits allow
 */
export function qrelsField({ qrels }: Fields, queries: Vectors, documents: Vectors, limits: Limits): Qrels {
  const found = toQrels((isArray(qrels) ? tuplesOf(qrels) : qrels) as QrelsLike, queries, documents);
  requireAtMost(found.judgements, limits.pairs, 'judgements');
  return found;
}

/** Rows of a matrix as JSON has them, in the nine digits from which a float32 comes back. */
export function matrixRows({ data, rows, cols }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, i) =>
    Array.from(data.subarray(i * cols, (i + 1) * cols), (value) => Number(value.toPrecision(9))),
  );
}

function matrixOf({ shape, data, dtype }: FileArray, name: string): Matrix {
  if (shape.length !== 2) {
    throw new ShapeError(`${name}: expected rows of numbers (2 indices), shape is (${shape.join(', ')})`);
  }
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    throw new DataError(`${name}: expected numbers of up to 32 bits, or float64, found ${dtype}`);
  }
  const [rows, cols] = shape;
  return { data: data instanceof Float32Array ? data : Float32Array.from(data), rows, cols };
}

/** A whole-number array's rows as lists. */
function tuplesOf({ shape, data }: FileArray): number[][] {
  const [rows = 0, cols = 0] = shape;
  if (shape.length !== 2 || cols < 2 || cols > 3) {
    throw new ShapeError(`qrels: expected [n, 2] rows of queries and documents, or [n, 3] with grades, got [${shape}]`);
  }
  return Array.from({ length: rows }, (_, i) => Array.from({ length: cols }, (_, k) => Number(data[i * cols + k])));
}

function requireWithin({ rows, cols }: Matrix, name: string, limits: Limits): void {
  requireAtMost(rows, limits.rows, `rows of ${name}`);
  requireAtMost(cols, limits.dims, `numbers in a row of ${name}`);
}

function isUnsigned({ dtype }: FileArray): boolean {
  return dtype === 'U8' || dtype === 'u1';
}
