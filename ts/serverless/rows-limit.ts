import type { FileArray } from '../adapters/inputs/vector-bytes.js';
import { requireParsableText } from './json-size.js';
import { type Limits, requireAtMost } from './limits.js';
import { isArray } from './posted.js';

const BITS = 8;
/** Kinds of embeddings in an answer whose numbers are eight dimensions each. */
const PACKED: readonly string[] = ['binary', 'ubinary'];

/**
 * Refuses more rows, or numbers in a row, than the limits allow, before any is converted: packed bits become 32 times their
 * bytes. What is none of the forms is left to whoever reads it.
 *
 * @param packed whether an array's numbers are eight dimensions each
 * @throws {RequestError} 413
 */
export function requireRowsWithin(value: unknown, name: string, limits: Limits, packed = false): void {
  if (typeof value === 'string') requireParsableText(value, limits);
  else if (isArray(value)) requireShapeWithin(value, name, limits, packed);
  else for (const { rows, bits } of listsOf(value)) requireListWithin(rows, name, limits, bits);
}

function requireShapeWithin({ shape }: FileArray, name: string, limits: Limits, packed: boolean): void {
  const [rows = 0, cols = 0] = shape;
  requireAtMost(rows, limits.rows, `rows of ${name}`);
  if (shape.length > 1) requireAtMost(packed ? cols * BITS : cols, limits.dims, `numbers in a row of ${name}`);
}

function requireListWithin(rows: readonly unknown[], name: string, limits: Limits, bits: number): void {
  requireAtMost(rows.length, limits.rows, `rows of ${name}`);
  for (const row of rows) requireAtMost(numbersOf(row) * bits, limits.dims, `numbers in a row of ${name}`);
}

/** Of a row of numbers, with its id or without. */
function numbersOf(row: unknown): number {
  if (Array.isArray(row)) return row.length;
  const { embedding } = (row ?? {}) as { readonly embedding?: unknown };
  return Array.isArray(embedding) ? embedding.length : 0;
}

interface RowList {
  readonly rows: readonly unknown[];
  /** Dimensions of one of its numbers. */
  readonly bits: number;
}

/** Rows, or the lists of them in an embedding API's answer. */
function listsOf(value: unknown): readonly RowList[] {
  if (Array.isArray(value)) return [{ rows: value, bits: 1 }];
  if (typeof value !== 'object' || value === null) return [];
  const { data, embeddings } = value as { readonly data?: unknown; readonly embeddings?: unknown };
  const lists = [...listed(data), ...listed(embeddings)];
  if (typeof embeddings !== 'object' || embeddings === null || Array.isArray(embeddings)) return lists;
  const byType = Object.entries(embeddings).flatMap(([type, rows]) => listed(rows, PACKED.includes(type) ? BITS : 1));
  return [...lists, ...byType];
}

function listed(rows: unknown, bits = 1): readonly RowList[] {
  return Array.isArray(rows) ? [{ rows, bits }] : [];
}
