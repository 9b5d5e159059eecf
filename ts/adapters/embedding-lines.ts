import { checkedNumbers, describeJson, parseJsonRow } from '../data/json-row.js';
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
  const row = parseJsonRow(text, where, ['id', 'embedding'], '{"id": ..., "embedding": [...]}');
  const id = 'id' in row ? row.id : undefined;
  if (id !== undefined && typeof id !== 'string' && typeof id !== 'number') {
    throw new DataError(`${where}: field id must be text or a whole number, got ${describeJson(id)}`);
  }
  const field = `${where}: field embedding`;
  const embedding = checkedNumbers('embedding' in row ? row.embedding : undefined, field);
  if (embedding.every((value) => Math.fround(value) === 0)) {
    throw new DataError(`${field} is a zero vector, which points nowhere`);
  }
  return { line, id, embedding };
}
