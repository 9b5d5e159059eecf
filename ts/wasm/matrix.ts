import { ShapeError } from './errors.js';

/** A dense row-major matrix: element (i, j) is `data[i * cols + j]`. */
export interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly cols: number;
}

/** What functions accept where a matrix is expected: a {@link Matrix}, or rows of numbers. */
export type MatrixLike = Matrix | readonly (readonly number[])[];

/**
 * Wraps `data` as a `rows` x `cols` matrix without copying.
 *
 * @throws {ShapeError} where `data` does not hold exactly `rows * cols` numbers
 */
export function matrix(data: Float32Array, rows: number, cols: number): Matrix {
  const whole = Number.isInteger(rows) && Number.isInteger(cols) && rows >= 0 && cols >= 0;
  if (!whole || data.length !== rows * cols) {
    throw new ShapeError(`expected ${rows} x ${cols} = ${rows * cols} numbers, got ${data.length}`);
  }
  return { data, rows, cols };
}

/**
 * The matrix behind `value`; rows of numbers are copied into a new one. `name` names the argument in errors.
 *
 * @throws {ShapeError} on rows of different lengths, or data that does not fit the shape
 */
export function toMatrix(value: MatrixLike, name: string): Matrix {
  return 'data' in value ? checked(value, name) : fromRows(value, name);
}

function checked(value: Matrix, name: string): Matrix {
  if (!(value.data instanceof Float32Array)) {
    throw new ShapeError(`${name}.data must be a Float32Array, got ${describe(value.data)}`);
  }
  if (value.data.length !== value.rows * value.cols) {
    throw new ShapeError(
      `${name} says ${value.rows} x ${value.cols}, which is ${value.rows * value.cols} numbers, but holds ${value.data.length}` +
        (value.data.buffer.byteLength === 0 && value.rows * value.cols > 0 ? ' (its buffer is detached)' : ''),
    );
  }
  return value;
}

function fromRows(rows: readonly (readonly number[])[], name: string): Matrix {
  if (!Array.isArray(rows)) throw new ShapeError(`${name} must be a matrix or an array of rows, got ${describe(rows)}`);
  const cols = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * cols);
  rows.forEach((row, i) => {
    if (row.length !== cols) throw new ShapeError(`${name}: row ${i} has ${row.length} numbers, row 0 has ${cols}`);
    data.set(row, i * cols);
  });
  return { data, rows: rows.length, cols };
}

function describe(value: unknown): string {
  return value === null || typeof value !== 'object' ? String(value) : value.constructor.name;
}
