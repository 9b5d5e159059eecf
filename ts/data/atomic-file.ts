import { rmSync } from 'node:fs';
import { open, readdir, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FileError, fileError } from './file-error.js';

const TEMPORARY = /^\..+\.(\d+)-\d+\.tmp$/;

let written = 0;
/** What is removed where the process ends at once, as it does at a second Ctrl-C. */
const unfinished = new Set<string>();

process.once('exit', () => {
  for (const path of unfinished) rmSync(path, { force: true });
});

/** A file that is written piece by piece and appears whole. */
export interface AtomicFile {
  /**
   * The next piece.
   *
   * @throws {FileError} on a full disk; nothing is left of the new file then
   */
  write(piece: Uint8Array | string): Promise<void>;
  /** Puts the new content in the old one's place. */
  commit(): Promise<void>;
  /** Leaves the old content as it was. */
  discard(): Promise<void>;
}

/**
 * Opens a file so that whoever reads `path`, at any moment and after any kill, finds the old content or the new one,
 * whole: the bytes go to a temporary name in the same folder, reach the disk, and are renamed. An old file's mode is
 * kept, and a link stays one: its target is replaced. A device such as
 * /dev/null is written to directly.
 *
 * @throws {FileError} where the folder is missing or read-only, and on a pipe
 */
export async function openAtomicFile(path: string): Promise<AtomicFile> {
  const old = await stat(path).catch(() => null);
  // No signal ends a write to a pipe that nobody reads.
  if (old?.isFIFO()) throw new FileError(`cannot write ${path}: it is a pipe, give a file`);
  if (old !== null && !old.isFile()) return openDirectly(path);
  const target = await targetOf(path);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}-${written++}.tmp`);
  const mode = old === null ? undefined : old.mode & 0o777;
  unfinished.add(temporary);
  const file = await open(temporary, 'w', mode).catch((error: unknown) => {
    throw fileError('write', path, error);
  });
  const discard = async (): Promise<void> => {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    unfinished.delete(temporary);
  };
  const orDiscard = async (step: () => Promise<void>): Promise<void> => {
    try {
      await step();
    } catch (error) {
      await discard();
      throw fileError('write', path, error);
    }
  };
  return {
    write: (piece) => orDiscard(() => file.writeFile(piece)),
    commit: () =>
      orDiscard(async () => {
        // What a new file is given lacks the bits of the umask.
        if (mode !== undefined) await file.chmod(mode);
        await file.sync();
        await file.close();
        await rename(temporary, target);
        unfinished.delete(temporary);
      }),
    discard,
  };
}

/** A device: nothing could be put in its place. */
async function openDirectly(path: string): Promise<AtomicFile> {
  const orFail = <T>(step: Promise<T>): Promise<T> =>
    step.catch((error: unknown) => {
      throw fileError('write', path, error);
    });
  const file = await orFail(open(path, 'w'));
  return {
    write: (piece) => orFail(file.writeFile(piece)),
    commit: () => orFail(file.close()),
    discard: () => file.close().catch(() => undefined),
  };
}

/** Where a link leads, also one whose target is yet to be made; else the path itself. */
async function targetOf(path: string): Promise<string> {
  const link = await readlink(path).catch(() => null);
  if (link === null) return path;
  return realpath(path).catch(() => resolve(dirname(path), link));
}

/**
 * Writes a whole file as {@link openAtomicFile} does.
 *
 * @throws {FileError} where the folder is missing or read-only, or the disk is full; the old file is left as it was
 */
export async function writeFileAtomically(path: string, content: Uint8Array | string): Promise<void> {
  const file = await openAtomicFile(path);
  await file.write(content);
  await file.commit();
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

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
