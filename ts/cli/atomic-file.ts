import { open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileError } from './file-error.js';

const TEMPORARY = /^\..+\.(\d+)-\d+\.tmp$/;

let written = 0;

/**
 * Writes a file so that whoever reads `path`, at any moment and after any kill, finds the old content or the new one,
 * whole: the bytes go to a temporary name in the same folder, reach the disk, and are renamed.
 *
 * @throws {FileError} where the folder is missing or read-only, or the disk is full; the old file is left as it was
 */
export async function writeFileAtomically(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${written++}.tmp`);
  try {
    await writeThrough(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError('write', path, error);
  }
}

/**
 * Removes what killed writers left in a folder. Temporary files of processes that still run are left alone; a folder
 * that does not exist has none.
 */
export async function removeStrayFiles(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const writer = TEMPORARY.exec(name)?.[1];
    if (writer !== undefined && !isRunning(Number(writer))) await rm(join(folder, name), { force: true });
  }
}

async function writeThrough(path: string, content: Uint8Array | string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
