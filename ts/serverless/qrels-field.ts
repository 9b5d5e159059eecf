import { type Qrels, type QrelsLike, toQrels } from '../adapters/inputs/qrels.js';
import type { FileArray } from '../adapters/inputs/vector-bytes.js';
import type { Vectors } from '../adapters/inputs/vector-checks.js';
import { ShapeError } from '../wasm/errors.js';
import { requireParsableText } from './json-size.js';
import { type Limits, requireAtMost } from './limits.js';
import { type Fields, isArray } from './posted.js';

/**
 * The field `qrels`: JSON as toQrels takes it, or an array of pairs of rows, or of triples with grades. They are counted
 * before anything is made of them.
 *
 * @throws what {@link toQrels} throws, and {RequestError} 413 on more judgements than the limits allow
 */
export function qrelsField({ qrels }: Fields, queries: Vectors, documents: Vectors, limits: Limits): Qrels {
  const value = parsedDocs(qrels, limits);
  requireAtMost(judgementsOf(value), limits.pairs, 'judgements');
  const found = toQrels((isArray(value) ? tuplesOf(value) : value) as QrelsLike, queries, documents);
  requireAtMost(found.judgements, limits.pairs, 'judgements');
  return found;
}

/** Relevant documents that are the text of JSON; all else as it is. */
function parsedDocs(value: unknown, limits: Limits): unknown {
  if (typeof value !== 'string' || !/^[\ufeff\s]*\{/.test(value)) return value;
  requireParsableText(value, limits);
  try {
    return JSON.parse(value.replace(/^\ufeff/, ''));
  } catch {
    // Whoever reads it says what is wrong with it.
    return value;
  }
}

/** How many there are, at least; of text one less than its lines end, as the first line may be a header. */
function judgementsOf(value: unknown): number {
  if (typeof value === 'string') return lineEnds(value) - 1;
  if (isArray(value)) return value.shape[0] ?? 0;
  if (Array.isArray(value)) return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  const { relevant_docs: inner } = value as { readonly relevant_docs?: unknown };
  const docs = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner : value;
  return Object.values(docs).reduce((sum: number, own: unknown) => sum + sizeOf(own), 0);
}

function lineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

function sizeOf(own: unknown): number {
  if (Array.isArray(own)) return own.length;
  return typeof own === 'object' && own !== null ? Object.keys(own).length : 1;
}

/** A whole-number array's rows as lists. */
function tuplesOf({ shape, data }: FileArray): number[][] {
  const [rows = 0, cols = 0] = shape;
  if (shape.length !== 2 || cols < 2 || cols > 3) {
    throw new ShapeError(`qrels: expected [n, 2] rows of queries and documents, or [n, 3] with grades, got [${shape}]`);
  }
  return Array.from({ length: rows }, (_, i) => Array.from({ length: cols }, (_, k) => Number(data[i * cols + k])));
}
