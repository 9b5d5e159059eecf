import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type RelevantPair, toVectors, type Vectors } from '../../ts/entries/adapters-node.js';

/** A committed set: see bench/data/adapters/README.md. Each query has one relevant document. */
export interface AdapterSet {
  readonly name: string;
  readonly queries: Vectors;
  readonly documents: Vectors;
  /** Row of a query, row of its document. */
  readonly pairs: readonly RelevantPair[];
}

/** Sets, by how ADAPTERS.md letters them: A, B, B', C, D. */
export const setNames = ['ts-messages', 'web-api', 'web-api-named', 'py-code', 'reverse-dictionary'] as const;

/** A committed set's name. */
export type SetName = (typeof setNames)[number];

/** The set whose documents hold those of the set. */
const documentsOf: Readonly<Partial<Record<SetName, SetName>>> = { 'web-api': 'web-api-named' };

/** Reads a set; its vectors are int8 in the files, and of any length. */
export function readSet(name: SetName): AdapterSet {
  const queries = toVectors({ bytes: bytesOf(name, 'queries.npy'), ids: linesOf(name, 'queries.ids.txt') }, name);
  const documents = documentsNamed(name);
  const [queryRows, documentRows] = [rowsById(queries), rowsById(documents)];
  const judged = linesOf(name, 'qrels.tsv').slice(1);
  const pairs = judged.map((line): RelevantPair => {
    const [query = '', document = ''] = line.split('\t');
    return [queryRows.get(query) ?? -1, documentRows.get(document) ?? -1];
  });
  return { name, queries, documents, pairs };
}

/** The documents of `web-api-named` by the older model, paraphrase-MiniLM-L3, in the set's order. */
export function readOldDocuments(): Vectors {
  return toVectors(bytesOf('web-api-named', 'documents.paraphrase-l3.npy'), 'documents');
}

function documentsNamed(name: SetName): Vectors {
  const owner = documentsOf[name];
  const ids = linesOf(name, 'documents.ids.txt');
  if (owner === undefined) return toVectors({ bytes: bytesOf(name, 'documents.npy'), ids }, name);
  const all = documentsNamed(owner);
  const rows = rowsById(all);
  const data = new Float32Array(ids.length * all.cols);
  ids.forEach((id, at) => {
    const from = (rows.get(id) ?? 0) * all.cols;
    data.set(all.data.subarray(from, from + all.cols), at * all.cols);
  });
  return { data, rows: ids.length, cols: all.cols, ids };
}

function rowsById({ ids }: Vectors): ReadonlyMap<string, number> {
  return new Map((ids ?? []).map((id, row) => [String(id), row]));
}

function bytesOf(set: SetName, file: string): Uint8Array {
  return new Uint8Array(readFileSync(fileURLToPath(new URL(`../data/adapters/${set}/${file}`, import.meta.url))));
}

function linesOf(set: SetName, file: string): readonly string[] {
  return new TextDecoder().decode(bytesOf(set, file)).trimEnd().split('\n');
}
