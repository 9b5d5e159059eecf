import { checkedNumbers, describeJson } from '../../data/json-row.js';
import { DataError } from '../../wasm/errors.js';
import { base64Floats } from './base64-floats.js';
import type { VectorId } from './ids.js';
import { unpackBits } from './vector-checks.js';

/** One embedding of a .jsonl or .json file. */
export interface EmbeddingRow {
  /** Where in the file, such as `line 3`, or `line 3: data[2]` of an API's answer. */
  readonly place: string;
  /** As it was written; undefined where the row has none. */
  readonly id: VectorId | undefined;
  readonly embedding: ArrayLike<number>;
}

/**
 * Whether the numbers of rows are packed bits, eight dimensions each, the first in the highest bit: unsigned bytes
 * (`ubinary`), or `signed` ones, which are 128 less (`binary`).
 */
export type Packing = boolean | 'signed';

/** An embedding API's answer, as an object. */
export type EmbeddingsAnswer =
  | { readonly data: readonly { readonly embedding: readonly number[] | string; readonly index?: number }[] }
  | { readonly embeddings: readonly (readonly number[])[] | EmbeddingsByType };

/** Cohere's embeddings: what is asked for is there. */
export interface EmbeddingsByType {
  readonly float?: readonly (readonly number[])[] | undefined;
  readonly int8?: readonly (readonly number[])[] | undefined;
  readonly uint8?: readonly (readonly number[])[] | undefined;
  readonly binary?: readonly (readonly number[])[] | undefined;
  readonly ubinary?: readonly (readonly number[])[] | undefined;
  readonly base64?: readonly string[] | undefined;
}

/** A row as it stands in JSON, its numbers not read yet. */
interface RawRow {
  readonly place: string;
  readonly id: unknown;
  readonly values: unknown;
  /** Which field, in messages. */
  readonly field: string;
  readonly packed: Packing;
}

/**
 * The embeddings in one JSON object: a row `{"id": ..., "embedding": numbers or base64}`, or an API's answer:
 * - `{"data": [{"index": 0, "embedding": ...}, ...]}`, in the order of `index` (OpenAI, Voyage, Jina, Mistral);
 * - `{"embeddings": [[...], ...]}`, or by type, `float`, else `int8`, `ubinary`, `binary` or `base64` (Cohere, Ollama);
 * - a line of OpenAI's batches, `{"custom_id": ..., "response": {"body": ...}}`, whose id is `custom_id`.
 *
 * Base64 is of little-endian float32. `file` and `place` say where it stands.
 *
 * @throws {DataError} naming file, place and field
 */
export function embeddingRows(value: object, file: string, place: string, packed: Packing = false): EmbeddingRow[] {
  return rawRows(value as Record<string, unknown>, file, place, packed).map((row) => checkedRow(row, file));
}

/** As {@link embeddingRows}, of the text of a .json file: such an object, or an array of rows or of their numbers. */
export function documentRows(text: string, file: string, packed: Packing = false): EmbeddingRow[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${file}: neither JSON nor one JSON object a line: ${reason}`, { cause: error });
  }
  return Array.isArray(value) ? itemRows(value, file, packed) : embeddingRows(asObject(value, file), file, '', packed);
}

/** As {@link embeddingRows}, of an array of such objects or of their numbers. */
export function itemRows(items: readonly unknown[], file: string, packed: Packing = false): EmbeddingRow[] {
  return items.flatMap((item, i) =>
    Array.isArray(item)
      ? checkedRow({ place: `row ${i}`, id: undefined, values: item, field: '', packed }, file)
      : embeddingRows(asObject(item, `${file}: row ${i}`), file, `row ${i}`, packed),
  );
}

/** `place` within `file`, for messages. */
export function placeIn(file: string, ...places: readonly string[]): string {
  return [file, ...places].filter((part) => part !== '').join(': ');
}

function rawRows(value: Record<string, unknown>, file: string, place: string, packed: Packing): RawRow[] {
  if (!('embedding' in value)) {
    if (Array.isArray(value.data)) return dataRows(value.data, file, place, packed);
    if (value.embeddings !== undefined) return embeddingsRows(value.embeddings, file, place, packed);
    if (value.response !== undefined) return batchRows(value, file, place, packed);
  }
  return [{ place, id: value.id, values: value.embedding, field: 'field embedding', packed }];
}

function dataRows(items: readonly unknown[], file: string, place: string, packed: Packing): RawRow[] {
  const rows = items.map((item, i): RawRow & { readonly index: unknown } => {
    const at = joined(place, `data[${i}]`);
    const { index, embedding } = asObject(item, placeIn(file, at));
    return { place: at, id: undefined, values: embedding, field: 'field embedding', packed, index };
  });
  if (rows.every(({ index }) => index === undefined)) return rows;
  const ordered: RawRow[] = [];
  for (const row of rows) {
    const { index } = row;
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= rows.length) {
      throw new DataError(
        `${placeIn(file, row.place)}: field index must be a whole number from 0 to ${rows.length - 1}, got ${describeJson(index)}`,
      );
    }
    if (ordered[index] !== undefined) {
      throw new DataError(`${placeIn(file, row.place)}: index ${index} is there already at ${ordered[index].place}`);
    }
    ordered[index] = row;
  }
  return ordered;
}

function embeddingsRows(given: unknown, file: string, place: string, packed: Packing): RawRow[] {
  const rows = (list: readonly unknown[], name: string, packing: Packing): RawRow[] =>
    list.map((values, i) => ({
      ...{ place: joined(place, `${name}[${i}]`), id: undefined, values, field: '', packed: packing },
    }));
  if (Array.isArray(given)) return rows(given, 'embeddings', packed);
  const byType = asObject(given, placeIn(file, joined(place, 'field embeddings')));
  const packings = { float: packed, int8: false, ubinary: true, binary: 'signed', base64: false } as const;
  for (const [type, packing] of Object.entries(packings)) {
    const list = byType[type];
    if (Array.isArray(list)) return rows(list, `embeddings.${type}`, packing);
  }
  const found = Object.keys(byType).join(', ') || 'nothing';
  const hint = 'uint8' in byType ? ': where 0 lies among uint8 numbers is not said, ask for float or int8' : '';
  throw new DataError(
    `${placeIn(file, place)}: field embeddings must be rows of numbers, or have ${Object.keys(packings).join(', ')}; ` +
      `it has ${found}${hint}`,
  );
}

function batchRows(value: Record<string, unknown>, file: string, place: string, packed: Packing): RawRow[] {
  const { status_code: status, body } = asObject(value.response, placeIn(file, joined(place, 'field response')));
  if (status !== undefined && status !== 200) {
    throw new DataError(`${placeIn(file, place)}: field response.status_code is ${describeJson(status)}: it failed`);
  }
  const at = joined(place, 'response.body');
  const rows = rawRows(asObject(body, placeIn(file, at)), file, at, packed);
  // One id cannot be that of several rows.
  return rows.length === 1 ? rows.map((row) => ({ ...row, id: value.custom_id })) : rows;
}

function checkedRow({ place, id, values, field, packed }: RawRow, file: string): EmbeddingRow {
  // Beyond 2^53 neighbours read as the same number.
  if (id !== undefined && typeof id !== 'string' && !isWhole(id)) {
    throw new DataError(
      `${placeIn(file, place)}: field id must be text or a whole number below 2^53, got ${describeJson(id)}`,
    );
  }
  const where = placeIn(file, place, field);
  const embedding = numbersOf(values, where, packed);
  for (let i = 0; i < embedding.length; i++) if (Math.fround(embedding[i]) !== 0) return { place, id, embedding };
  throw new DataError(`${where} is a zero vector, which points nowhere`);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function numbersOf(values: unknown, where: string, packed: Packing): ArrayLike<number> {
  if (typeof values === 'string' && packed === false) {
    const floats = base64Floats(values, where);
    const bad = floats.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) return floats;
    throw new DataError(`${where}[${bad}] must be a finite float32 number, got ${floats[bad]}`);
  }
  const numbers = checkedNumbers(values, where);
  return packed === false ? numbers : unpackBits(checkedBytes(numbers, where, packed), numbers.length * 8);
}

function checkedBytes(numbers: readonly number[], where: string, packed: true | 'signed'): Uint8Array {
  const least = packed === 'signed' ? -128 : 0;
  const bad = numbers.findIndex((value) => !Number.isInteger(value) || value < least || value > least + 255);
  if (bad < 0) return Uint8Array.from(numbers, (value) => value - least);
  throw new DataError(
    `${where}[${bad}] must be packed bits, a whole number from ${least} to ${least + 255}, got ${numbers[bad]}`,
  );
}

function asObject(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new DataError(`${where}: expected an object, got ${describeJson(value)}`);
}

function joined(place: string, more: string): string {
  return place === '' ? more : `${place}: ${more}`;
}
