import { describeJson } from '../../data/json-row.js';
import { DataError } from '../../wasm/errors.js';
import type { VectorId } from './ids.js';
import type { Judgement } from './qrels-file.js';

/** The relevant documents of one query: their ids, or a grade for each id. */
export type RelevantIds =
  | readonly VectorId[]
  | ReadonlySet<VectorId>
  | Readonly<Record<string, number>>
  | ReadonlyMap<VectorId, number>;

/** Relevant documents by the id of the query, as sentence-transformers, LlamaIndex and pytrec_eval have them. */
export type RelevantDocs = Readonly<Record<string, RelevantIds>> | ReadonlyMap<VectorId, RelevantIds>;

/** LlamaIndex's `EmbeddingQAFinetuneDataset`, of which only `relevant_docs` is read. */
export interface QaDataset {
  readonly relevant_docs: RelevantDocs;
}

/**
 * The judgements in relevant documents by query, or in a data set that has them as `relevant_docs`. Ids are compared as
 * text: 1 and '1' are the same. `name` names the argument or file in messages.
 *
 * @throws {DataError} on what is none of these, naming the query
 */
export function readRelevantDocs(value: object, name: string): Judgement[] {
  const inner = 'relevant_docs' in value ? value.relevant_docs : undefined;
  const isDataset = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
  const [docs, what] = isDataset ? [inner, `${name}: relevant_docs`] : [value, `${name}: query `];
  return entriesOf(docs).flatMap(([query, own]) => {
    const where = isDataset ? `${what}[${describeJson(query)}]` : `${what}${describeJson(query)}`;
    return relevantTo(own, where).map(([document, grade]) => ({
      ...{ where, query: idText(query, where), document: idText(document, where), grade: checkedGrade(grade, where) },
    }));
  });
}

/**
 * {@link readRelevantDocs} of JSON text.
 *
 * @throws {DataError} on other text too
 */
export function parseRelevantDocs(text: string, name: string): Judgement[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${name}: begins as JSON and is none: ${reason}`, { cause: error });
  }
  return readRelevantDocs(value as object, name);
}

function relevantTo(own: unknown, where: string): readonly (readonly [unknown, unknown])[] {
  if (Array.isArray(own) || own instanceof Set) return [...own].map((document: unknown) => [document, 1] as const);
  if (typeof own === 'object' && own !== null) return entriesOf(own);
  throw new DataError(`${where} must be ids of documents, or their grades by id, got ${describeJson(own)}`);
}

function entriesOf(value: object): readonly (readonly [unknown, unknown])[] {
  return value instanceof Map ? [...value] : Object.entries(value);
}

function idText(id: unknown, where: string): string {
  if ((typeof id === 'string' && id !== '') || Number.isSafeInteger(id)) return String(id);
  throw new DataError(`${where}: an id must be text or a whole number below 2^53, got ${describeJson(id)}`);
}

function checkedGrade(grade: unknown, where: string): number {
  if (typeof grade === 'number' && Number.isFinite(grade)) return grade;
  throw new DataError(`${where}: a grade must be a finite number, got ${describeJson(grade)}`);
}
