import { DataError } from '../wasm/errors.js';
import type { VectorId } from './ids.js';

/** One row of a .jsonl file of embeddings. */
export interface EmbeddingLine {
  /** From 1. */
  readonly line: number;
  /** As it was written; undefined where the row has none. */
  readonly id: VectorId | undefined;
  readonly embedding: readonly number[];
}

/** Takes the bytes of a .jsonl file piece by piece, and gives its rows as they end. */
export interface EmbeddingLineReader {
  /**
   * The rows that the chunk completes.
   *
   * @throws {DataError} on the first bad row, naming line and field
   */
  push(chunk: Uint8Array): EmbeddingLine[];
  /** The last row, where no newline ended it. */
  finish(): EmbeddingLine[];
}

const NEWLINE = 0x0a;
const LINE_LIMIT = 64 * 2 ** 20;

/**
 * A reader of rows `{"id": ..., "embedding": [numbers]}`, one a line, UTF-8. A byte order mark, CRLF and blank lines
 * are allowed, further fields ignored; a row is never skipped. Lengths and ids are each caller's to compare. `name` says
 * which file in messages.
 */
export function embeddingLineReader(name: string): EmbeddingLineReader {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let pieces: Uint8Array[] = [];
  let line = 0;
  const take = (last: Uint8Array): EmbeddingLine[] => {
    line += 1;
    const bytes = pieces.length === 0 ? last : joined([...pieces, last]);
    pieces = [];
    const where = `${name}: line ${line}`;
    const text = decodeLine(decoder, bytes, where);
    return text.trim() === '' ? [] : [parseLine(text, line, where)];
  };
  const push = (chunk: Uint8Array): EmbeddingLine[] => {
    const rows: EmbeddingLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      rows.push(...take(chunk.subarray(start, end)));
      start = end + 1;
    }
    // A copy: the caller may fill its buffer anew.
    if (start < chunk.length) pieces.push(new Uint8Array(chunk.subarray(start)));
    if (pieces.reduce((sum, piece) => sum + piece.length, 0) <= LINE_LIMIT) return rows;
    throw new DataError(`${name}: line ${line + 1} is longer than ${LINE_LIMIT / 2 ** 20} MiB`);
  };
  return { push, finish: () => take(new Uint8Array(0)) };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function decodeLine(decoder: TextDecoder, bytes: Uint8Array, where: string): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new DataError(`${where}: not UTF-8`, { cause: error });
  }
}

function parseLine(text: string, line: number, where: string): EmbeddingLine {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${where}: not one JSON object (${faultyField(text)}): ${reason}`, { cause: error });
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw new DataError(`${where}: expected an object {"id": ..., "embedding": [...]}, got ${described(row)}`);
  }
  const id = 'id' in row ? row.id : undefined;
  if (id !== undefined && typeof id !== 'string' && typeof id !== 'number') {
    throw new DataError(`${where}: field id must be text or a whole number, got ${described(id)}`);
  }
  return { line, id, embedding: checkedNumbers('embedding' in row ? row.embedding : undefined, where) };
}

function checkedNumbers(values: unknown, where: string): readonly number[] {
  const field = `${where}: field embedding`;
  if (!Array.isArray(values)) throw new DataError(`${field} must be an array of numbers, got ${described(values)}`);
  if (values.length === 0) throw new DataError(`${field} must hold at least one number, got none`);
  let size = 0;
  for (let i = 0; i < values.length; i++) {
    const value: unknown = values[i];
    const rounded = typeof value === 'number' ? Math.fround(value) : Number.NaN;
    if (!Number.isFinite(rounded)) {
      throw new DataError(`${field}[${i}] must be a finite float32 number, got ${described(value)}`);
    }
    size += Math.abs(rounded);
  }
  if (size === 0) throw new DataError(`${field} is a zero vector, which points nowhere`);
  return values;
}

/** Which field a syntax error lies in: that of a NaN or Infinity, else the last one begun. */
function faultyField(text: string): string {
  const token = text.search(/\b(?:nan|infinity|inf)\b/i);
  const before = token < 0 ? text : text.slice(0, token);
  const field = [...before.matchAll(/"(id|embedding)"\s*:/g)].at(-1)?.[1];
  return field === undefined ? 'fields id and embedding not found' : `in or after field ${field}`;
}

function described(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'number' ? String(value) : JSON.stringify(value).slice(0, 40);
}
