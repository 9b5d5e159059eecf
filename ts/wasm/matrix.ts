import { DataError, ShapeError } from './errors.js';
import { shown, shownKind } from './shown.js';

/** A dense row-major matrix: element (i, j) is `data[i * cols + j]`. */
export interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly cols: number;
}

/** What functions accept where a matrix is expected: a {@link Matrix}, or rows of numbers, arrays or typed ones. */
export type MatrixLike = Matrix | readonly ArrayLike<number>[];

/**
 * Wraps `data` as a `rows` x `cols` matrix without copying.
 *
 * @throws {ShapeError} where `data` does not hold exactly `rows * cols` numbers
 */
export function matrix(data: Float32Array, rows: number, cols: number): Matrix {
  if (!(data instanceof Float32Array)) throw new ShapeError(`data must be a Float32Array, got ${shownKind(data)}`);
  const whole = Number.isInteger(rows) && Number.isInteger(cols) && rows >= 0 && cols >= 0;
  if (!whole || data.length !== rows * cols) {
    throw new ShapeError(`expected ${rows} x ${cols} = ${rows * cols} numbers, got ${data.length}`);
  }
  return { data, rows, cols };
}

/** The first `count` rows of a matrix that has as many, without copying. */
export function firstRows({ data, cols }: Matrix, count: number): Matrix {
  return matrix(data.subarray(0, count * cols), count, cols);
}

/**
 * The matrix behind `value`; rows of numbers are copied into a new one. `name` names the argument in errors.
 *
 * @throws {ShapeError} on what is no matrix, rows of different lengths, or data that does not fit the shape
 * @throws {DataError} on rows that hold anything but numbers
 */
export function toMatrix(value: MatrixLike, name: string): Matrix {
  return isMatrix(value) ? checked(value, name) : fromRows(value, name);
}

function isMatrix(value: unknown): value is Matrix {
  return typeof value === 'object' && value !== null && 'data' in value;
}

function checked(value: Matrix, name: string): Matrix {
  const { data, rows, cols } = value;
  if (!(data instanceof Float32Array)) {
    const advice = typeof data === 'function' ? `: give a tensor as { data: await ${name}.data(), rows, cols }` : '';
    throw new ShapeError(`${name}.data must be a Float32Array, got ${shownKind(data)}${advice}`);
  }
  if (![rows, cols].every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new ShapeError(`${name}: rows and cols must be whole numbers from 0, got ${shown(rows)} and ${shown(cols)}`);
  }
  if (data.length !== rows * cols) {
    throw new ShapeError(
      `${name} says ${rows} x ${cols}, which is ${rows * cols} numbers, but holds ${data.length}` +
        (data.buffer.byteLength === 0 && rows * cols > 0 ? ' (its buffer is detached)' : ''),
    );
  }
  return value;
}

function fromRows(rows: readonly ArrayLike<number>[], name: string): Matrix {
  if (!Array.isArray(rows))
    throw new ShapeError(`${name} must be a matrix or an array of rows, got ${shownKind(rows)}`);
  requireRows(rows, name);
  const cols = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * cols);
  for (let i = 0; i < rows.length; i++) fillRow(data, rows[i], { name, i, cols });
  return { data, rows: rows.length, cols };
}

/**
 * Refuses what is no row before memory is taken for it: an object may say any length.
 *
 * @throws {ShapeError} naming the first that is neither an array nor a typed one
 */
export function requireRows(rows: readonly unknown[], name: string): asserts rows is readonly ArrayLike<unknown>[] {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (Array.isArray(row) || (ArrayBuffer.isView(row) && 'length' in row)) continue;
    throw new ShapeError(`${name}: row ${i} must be an array of numbers, got ${shownKind(row)}`);
  }
}

/** Copies row `i` to its place. */
function fillRow(
  data: Float32Array,
  row: ArrayLike<unknown>,
  { name, i, cols }: { readonly name: string; readonly i: number; readonly cols: number },
): void {
  if (row.length !== cols) throw new ShapeError(`${name}: row ${i} has ${row.length} numbers, row 0 has ${cols}`);
  for (let k = 0; k < cols; k++) {
    const value = row[k];
    if (typeof value !== 'number')
      throw new DataError(`${name}: row ${i}, column ${k} is ${shownKind(value)}, no number`);
    data[i * cols + k] = value;
  }
}
