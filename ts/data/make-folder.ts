import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileError } from './file-error.js';

/** Makes a folder and those above it. (Node's own `recursive` never returns below /proc.) */
export async function makeFolder(path: string): Promise<void> {
  if (existsSync(path)) return;
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path).catch((error: unknown) => {
    // Another writer may have made it meanwhile.
    if (!existsSync(path)) throw error;
  });
}

/**
 * Makes the folder of a file that is to be written.
 *
 * @throws {FileError} where it cannot be made, naming the file
 */
export async function makeFolderOf(path: string): Promise<void> {
  await makeFolder(dirname(path)).catch((error: unknown) => {
    throw fileError('write', path, error);
  });
}
