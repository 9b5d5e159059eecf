import { readFile } from 'node:fs/promises';
import { fileError } from './file-error.js';

/**
 * The content of a file.
 *
 * @throws {FileError} naming it and the reason
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  return await readFile(path).catch((error: unknown) => {
    throw fileError('read', path, error);
  });
}
