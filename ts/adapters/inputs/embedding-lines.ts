import { joinedBytes } from '../../data/joined-bytes.js';
import { parseJsonRow } from '../../data/json-row.js';
import { DataError } from '../../wasm/errors.js';
import { type EmbeddingRow, embeddingRows, type Packing } from './embedding-rows.js';

/** Takes the bytes of a .jsonl file piece by piece, and gives its rows as they end. */
export interface EmbeddingLineReader {
  /**
   * The rows that the chunk completes.
   *
   * @throws {DataError} on the first bad row, naming line and field
   */
  push(chunk: Uint8Array): EmbeddingRow[];
  /** The last row, where no newline ended it. */
  finish(): EmbeddingRow[];
}

const NEWLINE = 0x0a;
/** A large answer of an API: 2,048 embeddings of 3,072 numbers, 22 characters each, is 132 MiB. */
const LINE_LIMIT = 256 * 2 ** 20;
const SHAPE = '{"id": ..., "embedding": [...]}';

/**
 * A reader of rows `{"id": ..., "embedding": [numbers]}`, or of an API's answers, one a line, UTF-8: see
 * {@link embeddingRows}. A byte order mark, CRLF and blank lines
 * are allowed, further fields ignored; a row is never skipped. Lengths and ids are each caller's to compare. `name` says
 * which file in messages.
 */
export function embeddingLineReader(name: string, packed: Packing = false): EmbeddingLineReader {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let pieces: Uint8Array[] = [];
  let line = 0;
  const take = (last: Uint8Array): EmbeddingRow[] => {
    line += 1;
    const bytes = pieces.length === 0 ? last : joinedBytes([...pieces, last]);
    pieces = [];
    const where = `${name}: line ${line}`;
    const text = decodeLine(decoder, bytes, where);
    return text.trim() === ''
      ? []
      : embeddingRows(parseJsonRow(text, where, ['id', 'embedding'], SHAPE), name, `line ${line}`, packed);
  };
  const push = (chunk: Uint8Array): EmbeddingRow[] => {
    const rows: EmbeddingRow[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      // One by one: a line may have more rows than a call takes arguments.
      for (const row of take(chunk.subarray(start, end))) rows.push(row);
      start = end + 1;
    }
    // A copy: the caller may fill its buffer anew.
    if (start < chunk.length) pieces.push(new Uint8Array(chunk.subarray(start)));
    if (pieces.reduce((sum, piece) => sum + piece.length, 0) <= LINE_LIMIT) return rows;
    throw new DataError(`${name}: line ${line + 1} is longer than ${LINE_LIMIT / 2 ** 20} MiB`);
  };
  return { push, finish: () => take(new Uint8Array(0)) };
}

function decodeLine(decoder: TextDecoder, bytes: Uint8Array, where: string): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new DataError(`${where}: not UTF-8`, { cause: error });
  }
}
