import { DataError } from '../../wasm/errors.js';
import { embeddingLineReader } from './embedding-lines.js';
import { documentRows, type EmbeddingRow, embeddingRows, itemRows, type Packing, placeIn } from './embedding-rows.js';
import { idCollector, type VectorId } from './ids.js';
import type { Vectors } from './vector-checks.js';

/** Takes the bytes of a .jsonl file piece by piece. */
export interface VectorLines {
  /** @throws {DataError} on the first bad row, naming line and field */
  push(chunk: Uint8Array): void;
  /**
   * The vectors of all lines.
   *
   * @throws {DataError} on a bad last row, or where there was none
   */
  finish(): Vectors;
}

const CHUNK = 2 ** 20;

/**
 * A reader of rows `{"id": ..., "embedding": [numbers]}` of one length, with ids in all rows or none; see
 * {@link embeddingLineReader}. `name` says which file in messages.
 */
export function vectorLines(name: string, packed: Packing = false): VectorLines {
  const reader = embeddingLineReader(name, packed);
  const rows = growingRows(name);
  return {
    push: (chunk) => reader.push(chunk).forEach(rows.push),
    finish: () => {
      reader.finish().forEach(rows.push);
      return rows.finish();
    },
  };
}

/** The vectors in the text of a .jsonl file, or in a .json file: one that begins with `[`, or with `{` on its own line. */
export function vectorsFromJson(bytes: Uint8Array, name: string, packed: Packing): Vectors {
  if (isDocument(bytes)) {
    const rows = growingRows(name);
    documentRows(new TextDecoder().decode(bytes), name, packed).forEach(rows.push);
    return rows.finish();
  }
  const lines = vectorLines(name, packed);
  for (let at = 0; at < bytes.length; at += CHUNK) lines.push(bytes.subarray(at, at + CHUNK));
  return lines.finish();
}

/** The vectors in an embedding API's answer. */
export function vectorsFromAnswer(answer: object, name: string): Vectors {
  const rows = growingRows(name);
  embeddingRows(answer, name, '').forEach(rows.push);
  return rows.finish();
}

/** The vectors in an array of rows `{ id, embedding }`. */
export function vectorsFromItems(items: readonly unknown[], name: string): Vectors {
  const rows = growingRows(name);
  itemRows(items, name).forEach(rows.push);
  return rows.finish();
}

function isDocument(bytes: Uint8Array): boolean {
  let at = 0;
  const skip = (skipped: readonly number[]) => {
    while (at < bytes.length && skipped.includes(bytes[at])) at += 1;
  };
  // A byte order mark, blanks and empty lines.
  skip([0xef, 0xbb, 0xbf, 0x20, 0x09, 0x0a, 0x0d]);
  if (bytes[at] === 0x5b) return true;
  if (bytes[at] !== 0x7b) return false;
  at += 1;
  skip([0x20, 0x09, 0x0d]);
  return bytes[at] === 0x0a;
}

/** Rows of one length, all with ids or none, in an array that doubles when it is full. */
function growingRows(name: string) {
  let data = new Float32Array(1024);
  let first: EmbeddingRow | undefined;
  let rows = 0;
  const collector = idCollector(name);
  const push = (row: EmbeddingRow) => {
    first ??= row;
    checkAlike(row, first, placeIn(name, row.place));
    if (row.id !== undefined) collector.push(row.id, row.place);
    const cols = row.embedding.length;
    while (data.length < (rows + 1) * cols) {
      const larger = new Float32Array(data.length * 2);
      larger.set(data);
      data = larger;
    }
    data.set(row.embedding, rows * cols);
    rows += 1;
  };
  const finish = (): Vectors => {
    if (first === undefined) throw new DataError(`${name}: expected rows {"id": ..., "embedding": [...]}, found none`);
    const cols = first.embedding.length;
    const ids: readonly VectorId[] | null = first.id === undefined ? null : collector.ids;
    // The reader has refused what is not finite and zero vectors, naming their lines.
    return { data: data.slice(0, rows * cols), rows, cols, ids };
  };
  return { push, finish };
}

function checkAlike(row: EmbeddingRow, first: EmbeddingRow, where: string): void {
  if (row.embedding.length !== first.embedding.length) {
    throw new DataError(
      `${where}: field embedding has ${row.embedding.length} numbers, ${first.place} has ${first.embedding.length}`,
    );
  }
  if ((row.id === undefined) !== (first.id === undefined)) {
    const [here, there] = row.id === undefined ? ['no id', 'one'] : ['an id', 'none'];
    throw new DataError(`${where}: field id: ${here} here, ${first.place} has ${there}`);
  }
}
