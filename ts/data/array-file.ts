import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { DataError } from '../wasm/errors.js';
import type { Matrix } from '../wasm/matrix.js';
import { jsonlReader } from './jsonl.js';
import { readNpyMatrix } from './npy.js';
import type { Pairs } from './pairs.js';

/**
 * The matrix in a .npy file.
 *
 * @throws {DataError} where the file cannot be read or holds no float32 matrix; see {@link readNpyMatrix}
 */
export function readNpyFile(path: string): Promise<Matrix> {
  return readingFile(path, async () => readNpyMatrix(await readFile(path), path));
}

/**
 * The pairs in a .jsonl file, read piece by piece.
 *
 * @throws {DataError} where the file cannot be read or holds a bad row; see {@link jsonlReader}
 */
export function readJsonlFile(path: string): Promise<Pairs> {
  return readingFile(path, async () => {
    const reader = jsonlReader(path);
    for await (const chunk of createReadStream(path)) reader.push(chunk);
    return reader.finish();
  });
}

async function readingFile<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`cannot read ${path}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
