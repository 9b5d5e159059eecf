import { DataError } from '../wasm/errors.js';
import { matrix } from '../wasm/matrix.js';
import { checkedNumbers, parseJsonRow } from './json-row.js';
import type { Pairs } from './pairs.js';

/** Takes the bytes of a .jsonl file piece by piece. */
export interface JsonlReader {
  /**
   * @throws {DataError} on the first bad row, naming line and field
   */
  push(chunk: Uint8Array): void;
  /**
   * The pairs of all lines.
   *
   * @throws {DataError} on a bad last row, or where there was none
   */
  finish(): Pairs;
}

type Side = 'x' | 'y';

/**
 * A reader of rows `{"x": [numbers], "y": [numbers]}`, one a line, UTF-8, all of the widths of the first. A byte order
 * mark, CRLF and blank lines are allowed, further fields ignored; a row is never skipped. `name` says which file in
 * messages.
 */
export function jsonlReader(name: string): JsonlReader {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const sides = { x: growingRows('x'), y: growingRows('y') };
  let rest = '';
  let line = 0;
  const takeLine = (text: string) => {
    line += 1;
    if (text.trim() !== '') takeRow(text, sides, `${name}: line ${line}`);
  };
  const decode = (chunk?: Uint8Array) => {
    const lines = (rest + decodeText(decoder, chunk, name, line)).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(takeLine);
  };
  return {
    push: decode,
    finish: () => {
      decode();
      takeLine(rest);
      if (sides.x.rows() === 0) throw new DataError(`${name}: expected rows {"x": [...], "y": [...]}, found none`);
      return { x: sides.x.matrix(), y: sides.y.matrix() };
    },
  };
}

/**
 * The pairs of a whole .jsonl file; see {@link jsonlReader}.
 *
 * @throws {DataError} on the first bad row, naming line and field, and on a file without rows
 */
export function readJsonl(bytes: Uint8Array, name: string): Pairs {
  const reader = jsonlReader(name);
  reader.push(bytes);
  return reader.finish();
}

function decodeText(decoder: TextDecoder, chunk: Uint8Array | undefined, name: string, line: number): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch (error) {
    throw new DataError(`${name}: after line ${line}: not UTF-8`, { cause: error });
  }
}

type GrowingRows = ReturnType<typeof growingRows>;

function takeRow(text: string, sides: Readonly<Record<Side, GrowingRows>>, where: string): void {
  const row = parseRow(text, where);
  sides.x.push(row.x, where);
  sides.y.push(row.y, where);
}

function parseRow(text: string, where: string): Readonly<Record<Side, unknown>> {
  const row = parseJsonRow(text, where, ['x', 'y'], 'with fields x and y');
  return { x: 'x' in row ? row.x : undefined, y: 'y' in row ? row.y : undefined };
}

/** Rows of one width, in an array that doubles when it is full. */
function growingRows(side: Side) {
  let data: Float32Array = new Float32Array(1024);
  let cols = 0;
  let rows = 0;
  const push = (values: unknown, where: string) => {
    const numbers = checkedNumbers(values, `${where}: field ${side}`);
    if (rows === 0) cols = numbers.length;
    if (numbers.length !== cols) {
      throw new DataError(`${where}: field ${side} has ${numbers.length} numbers, the rows before have ${cols}`);
    }
    while (data.length < (rows + 1) * cols) data = grown(data);
    data.set(numbers, rows * cols);
    rows += 1;
  };
  return { push, rows: () => rows, matrix: () => matrix(data.slice(0, rows * cols), rows, cols) };
}

function grown(data: Float32Array): Float32Array {
  const larger = new Float32Array(data.length * 2);
  larger.set(data);
  return larger;
}
