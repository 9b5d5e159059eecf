import { createReadStream } from 'node:fs';
import { type Command, Option } from 'commander';
import type { Packing } from '../../adapters/inputs/embedding-rows.js';
import type { VectorId } from '../../adapters/inputs/ids.js';
import { type Qrels, toQrels } from '../../adapters/inputs/qrels.js';
import type { Vectors } from '../../adapters/inputs/vector-checks.js';
import { vectorLines } from '../../adapters/inputs/vector-lines.js';
import { toVectors } from '../../adapters/inputs/vectors.js';
import { fileError } from '../../data/file-error.js';
import { readBytes } from '../../data/read-bytes.js';
import { DataError, KantorovichError } from '../../wasm/errors.js';

/** The files of a retrieval set. */
export interface RetrievalFiles {
  readonly queries: string;
  readonly documents: string;
  /** A TREC or BEIR file, or `pairs`. */
  readonly qrels: string;
  readonly queryIds?: string;
  readonly documentIds?: string;
  readonly packed?: Packing;
}

/** What the files hold. */
export interface RetrievalSet {
  readonly queries: Vectors;
  readonly documents: Vectors;
  readonly qrels: Qrels;
}

/** Adds the options that {@link RetrievalFiles} come from. */
export function addRetrievalFiles(command: Command): Command {
  return command
    .requiredOption(
      '--queries <file>',
      'embeddings of queries: .npy, .safetensors, .jsonl with {"id", "embedding"}, or an API\'s answer',
    )
    .requiredOption('--documents <file>', 'embeddings of all documents, likewise')
    .requiredOption(
      '--qrels <file>',
      'what is relevant: TREC (query 0 document grade), BEIR TSV (query-id corpus-id score),\n' +
        'or JSON {query-id: [corpus-id, ...]}, also as relevant_docs of a LlamaIndex data set;\n' +
        'pairs: row i of the queries with row i of the documents',
    )
    .option('--query-ids <file>', 'ids of queries, one a line (default: those of the .jsonl, else row numbers from 0)')
    .option('--document-ids <file>', 'ids of documents, likewise')
    .addOption(
      new Option('--packed [form]', 'bytes are packed bits, uint8 (ubinary); with signed, int8 (binary)').choices([
        'signed',
      ]),
    );
}

/**
 * Reads and checks the files.
 *
 * @throws {FileError} on a file that cannot be read
 * @throws {DataError} on contents that cannot be used, naming file and line, row or field
 */
export async function readRetrievalSet(files: RetrievalFiles): Promise<RetrievalSet> {
  const packed = files.packed ?? false;
  const queries = await readVectors(files.queries, { ids: files.queryIds, packed });
  const documents = await readVectors(files.documents, { ids: files.documentIds, packed });
  const qrels = files.qrels === 'pairs' ? 'pairs' : await readBytes(files.qrels);
  return { queries, documents, qrels: toQrels(qrels, queries, documents, files.qrels) };
}

/** The vectors in a file, with ids from another where one is given. */
export async function readVectors(
  path: string,
  { ids: idsPath, packed }: { readonly ids: string | undefined; readonly packed: Packing },
): Promise<Vectors> {
  if (idsPath === undefined && /\.jsonl$/i.test(path)) return readLines(path, packed);
  const ids = idsPath === undefined ? undefined : await readIds(idsPath);
  return toVectors({ bytes: await readBytes(path), name: path, packed, ...(ids !== undefined && { ids }) }, path);
}

/** Piece by piece: such a file may be larger than what can be read at once. */
async function readLines(path: string, packed: Packing): Promise<Vectors> {
  const lines = vectorLines(path, packed);
  try {
    for await (const chunk of createReadStream(path)) lines.push(chunk);
  } catch (error) {
    throw error instanceof KantorovichError ? error : fileError('read', path, error);
  }
  return lines.finish();
}

async function readIds(path: string): Promise<readonly VectorId[]> {
  const ids = new TextDecoder().decode(await readBytes(path)).split(/\r?\n/);
  if (ids.at(-1) === '') ids.pop();
  const empty = ids.indexOf('');
  if (empty >= 0) throw new DataError(`${path}: line ${empty + 1} is empty, expected an id`);
  return ids;
}
