import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toVectors, type Vectors } from '../../ts/entries/adapters-node.js';

/** A committed set: see bench/data/adapters/README.md. Each query has one relevant document. */
export interface AdapterSet {
  readonly name: string;
  readonly queries: Vectors;
  readonly documents: Vectors;
  /** Id of a query, id of its document. */
  readonly pairs: readonly (readonly [query: string, document: string])[];
}

/** Sets A, B, B', C and D of docs/adapters.md. */
export const setNames = ['ts-messages', 'web-api', 'web-api-named', 'py-code', 'reverse-dictionary'] as const;

/** A committed set's name. */
export type SetName = (typeof setNames)[number];

/** The set whose documents hold those of the set. */
const documentsOf: Readonly<Partial<Record<SetName, SetName>>> = { 'web-api': 'web-api-named' };

/** Reads a set; its vectors are int8 in the files, and of any length. */
export function readSet(name: SetName): AdapterSet {
  const queries = toVectors({ bytes: bytesOf(name, 'queries.npy'), ids: linesOf(name, 'queries.ids.txt') }, name);
  const documents = documentsNamed(name);
  const pairs = linesOf(name, 'qrels.tsv')
    .slice(1)
    .map((line) => line.split('\t'))
    .map(([query = '', document = '']) => [query, document] as const);
  return { name, queries, documents, pairs };
}

/** What of a set a fit takes beside its pairs. */
export function sidesOf({ queries, documents }: AdapterSet): Pick<AdapterSet, 'queries' | 'documents'> {
  return { queries, documents };
}

/**
 * Reflected in the plane across (1, ..., 1): cosines between reflected vectors are the same. The committed rows are int8's
 * own, which an int8 index holds without loss; reflected ones are not.
 */
export function reflected({ data, rows, cols, ids }: Vectors): Vectors {
  const out = data.slice();
  for (let start = 0; start < out.length; start += cols) {
    const row = out.subarray(start, start + cols);
    const twice = (2 * row.reduce((sum, value) => sum + value, 0)) / cols;
    for (let k = 0; k < cols; k++) row[k] = row[k] - twice;
  }
  return { data: out, rows, cols, ids };
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

/** The row of each id. */
export function rowsById({ ids }: Vectors): ReadonlyMap<string, number> {
  return new Map((ids ?? []).map((id, row) => [String(id), row]));
}

function bytesOf(set: SetName, file: string): Uint8Array {
  return new Uint8Array(readFileSync(fileURLToPath(new URL(`../data/adapters/${set}/${file}`, import.meta.url))));
}

function linesOf(set: SetName, file: string): readonly string[] {
  return new TextDecoder().decode(bytesOf(set, file)).trimEnd().split('\n');
}
