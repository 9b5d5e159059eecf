import { describeJson } from '../../data/json-row.js';
import { DataError, OptionsError, ShapeError } from '../../wasm/errors.js';
import { shown } from '../../wasm/shown.js';
import type { VectorId } from './ids.js';
import { checkedQrels, checkGrade } from './qrels-checks.js';
import { type Judgement, readQrels } from './qrels-file.js';
import { qrelsOf } from './relevance.js';
import { parseRelevantDocs, type QaDataset, type RelevantDocs, readRelevantDocs } from './relevant-docs.js';
import type { Vectors } from './vector-checks.js';
import { rowsById } from './vectors.js';

/**
 * A query's row (a number) or id (text), a document's likewise, and how relevant the document is: 0 and below is not, from
 * 1e-6 to 1e6 is, 1 by default. Ids are compared as text: 1 and '1' are the same. Where ids are numbers themselves, one that is a row and the
 * id of another row is refused.
 */
export type RelevantPair = readonly [query: VectorId, document: VectorId, grade?: number];

/**
 * What is accepted where relevance is expected: `pairs`, row i of the queries with row i of the documents; pairs and
 * triples of rows (numbers) or ids (text); relevant documents by query, `{ q1: ['d3', 'd7'] }`, also as Map and Set, with
 * grades, `{ q1: { d3: 2 } }`, or within LlamaIndex's data set; the text or bytes of TREC's or BEIR's qrels, or of JSON of
 * relevant documents; or what {@link toQrels} gave.
 */
export type QrelsLike = 'pairs' | readonly RelevantPair[] | RelevantDocs | QaDataset | string | Uint8Array | Qrels;

/** Which documents are relevant to which queries, in compressed rows. */
export interface Qrels {
  /** One more than there are queries: those of query i stand from `offsets[i]` up to `offsets[i + 1]`. */
  readonly offsets: Uint32Array;
  /** Rows of relevant documents, rising within a query. */
  readonly indices: Uint32Array;
  /** How relevant each is, from 1e-6 to 1e6. */
  readonly grades: Float64Array;
  /** All judgements that were given, those of grade 0 and below among them. */
  readonly judgements: number;
}

/** A judgement of rows, and where it is from. */
interface Resolved {
  readonly query: number;
  readonly document: number;
  readonly grade: number;
  readonly where: string;
}

/**
 * The relevance behind `value`. Queries that nothing judges stay without documents; a query that something judges has a
 * relevant document. `name` says which file in errors.
 *
 * @throws {DataError} on unknown ids or rows, on grades that are no finite numbers, above 0 and out of range or contradict
 * each other, where nothing is relevant, and on a query whose judgements are all 0 or below; the message names the line
 * @throws {ShapeError} on 'pairs' of different numbers of rows, and on compressed rows that are none or of other vectors
 */
export function toQrels(value: QrelsLike, queries: Vectors, documents: Vectors, name = 'qrels'): Qrels {
  checkVectors(queries, 'queries');
  checkVectors(documents, 'documents');
  const fromJudgements = (judgements: readonly Judgement[]): Qrels =>
    compressed(resolveIds(judgements, queries, documents), queries, name);
  const fromFile = (text: string): Qrels =>
    fromJudgements(
      /^[\ufeff\s]*\{/.test(text) ? parseRelevantDocs(text.replace(/^\ufeff/, ''), name) : readQrels(text, name),
    );
  if (value === 'pairs') return diagonal(queries.rows, documents.rows);
  if (typeof value === 'string') return fromFile(value);
  if (value instanceof Uint8Array) return fromFile(decoded(value, name));
  if (isQrels(value)) return checkedQrels(value, queries, documents);
  if (isDocs(value)) return fromJudgements(readRelevantDocs(value, name));
  if (!Array.isArray(value)) {
    throw new OptionsError(
      `qrels must be 'pairs', an array of pairs or triples, relevant documents by query, or a file's text or bytes`,
    );
  }
  return compressed(resolvePairs(value, queries, documents, name), queries, name);
}

function checkVectors(value: Vectors, name: string): void {
  if (typeof value === 'object' && value !== null && 'rows' in value && 'ids' in value) return;
  throw new OptionsError(`${name} must be what toVectors gave`);
}

function isQrels(value: QrelsLike): value is Qrels {
  return typeof value === 'object' && value !== null && 'offsets' in value && value.offsets instanceof Uint32Array;
}

function isDocs(value: QrelsLike): value is RelevantDocs | QaDataset {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function diagonal(queries: number, documents: number): Qrels {
  if (queries !== documents) {
    throw new ShapeError(`qrels 'pairs' need as many documents as queries, got ${documents} and ${queries}`);
  }
  return {
    offsets: Uint32Array.from({ length: queries + 1 }, (_, i) => i),
    indices: Uint32Array.from({ length: queries }, (_, i) => i),
    grades: new Float64Array(queries).fill(1),
    judgements: queries,
  };
}

function decoded(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new DataError(`${name}: not UTF-8`, { cause: error });
  }
}

function resolveIds(judgements: readonly Judgement[], queries: Vectors, documents: Vectors): Resolved[] {
  const [queryRows, documentRows] = [rowsById(queries), rowsById(documents)];
  return judgements.map(({ where, query, document, grade }) => {
    return {
      query: found(queryRows, query, `${where}: query`, 'queries'),
      document: found(documentRows, document, `${where}: document`, 'documents'),
      grade,
      where,
    };
  });
}

function found(rows: ReadonlyMap<string, number>, id: string, where: string, among: string): number {
  const row = rows.get(id);
  if (row !== undefined) return row;
  const [first] = rows.keys();
  // Rows without ids are called by their numbers, as those of .npy files are.
  const hint =
    first === '0' ? ': where they have ids, give those too, as { bytes, ids } or in a file of one a line' : '';
  throw new DataError(
    `${where} ${JSON.stringify(id)} is none of the ${rows.size} ${among} (the first is ${JSON.stringify(first)})${hint}`,
  );
}

function resolvePairs(pairs: readonly RelevantPair[], queries: Vectors, documents: Vectors, name: string): Resolved[] {
  const [queryRows, documentRows] = [rowsById(queries), rowsById(documents)];
  const row = (id: unknown, where: string, among: 'queries' | 'documents'): number => {
    const [rows, { ids }] = among === 'queries' ? [queryRows, queries] : [documentRows, documents];
    if (typeof id === 'string') return found(rows, id, where, among);
    if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < rows.size) {
      const named = rows.get(String(id));
      if (named === undefined || named === id || typeof ids?.[named] === 'string') return id;
      throw new DataError(`${where} ${id} is a row, and the id of row ${named}: give ids as text`);
    }
    throw new DataError(`${where} must be a row from 0 to ${rows.size - 1}, or an id as text, got ${shown(id)}`);
  };
  return pairs.map((pair, i) => {
    const where = `${name}: pair ${i}`;
    if (!Array.isArray(pair) || pair.length < 2 || pair.length > 3) {
      throw new DataError(`${where} must be [query, document] or [query, document, grade], got ${describeJson(pair)}`);
    }
    const [query, document, grade = 1] = pair;
    if (typeof grade !== 'number' || !Number.isFinite(grade)) {
      throw new DataError(`${where}: grade must be a finite number, got ${shown(grade)}`);
    }
    return {
      query: row(query, `${where}: query`, 'queries'),
      document: row(document, `${where}: document`, 'documents'),
      grade,
      where,
    };
  });
}

function compressed(judgements: readonly Resolved[], queries: Vectors, name: string): Qrels {
  const byQuery = new Map<number, Map<number, Resolved>>();
  for (const judgement of judgements) {
    const own = byQuery.get(judgement.query) ?? new Map<number, Resolved>();
    const before = own.get(judgement.document);
    if (before !== undefined && before.grade !== judgement.grade) {
      throw new DataError(`${judgement.where}: grade ${judgement.grade}, but ${before.grade} at ${before.where}`);
    }
    checkGrade(judgement.grade, judgement.where);
    own.set(judgement.document, before ?? judgement);
    byQuery.set(judgement.query, own);
  }
  if (!judgements.some(({ grade }) => grade > 0)) {
    throw new DataError(
      `${name}: none of the ${judgements.length} judgements has a grade above 0: nothing is relevant`,
    );
  }
  const relevant = Array.from({ length: queries.rows }, (_, query) => relevantTo(byQuery.get(query), queries, query));
  return { ...qrelsOf(relevant), judgements: judgements.length };
}

function relevantTo(judged: ReadonlyMap<number, Resolved> | undefined, { ids }: Vectors, query: number): Resolved[] {
  if (judged === undefined) return [];
  const all = [...judged.values()];
  const relevant = all.filter(({ grade }) => grade > 0).sort((a, b) => a.document - b.document);
  if (relevant.length > 0) return relevant;
  const id = JSON.stringify(ids === null ? query : ids[query]);
  throw new DataError(`${all[0]?.where}: query ${id} has no judgement above 0: give it one, or leave it out`);
}
