import { rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { removeStrayFiles } from '../data/atomic-file.js';
import { fileError } from '../data/file-error.js';
import { makeFolder } from '../data/make-folder.js';

/** The files of a run. */
export interface RunFolder {
  readonly path: string;
  /** The settings, for a resume. */
  readonly settings: string;
  /** The raw state of training, from which it goes on bit for bit. */
  readonly checkpoint: string;
  /** The trained model. */
  readonly model: string;
  /** One line a step. */
  readonly history: string;
  readonly results: string;
}

/** The files of the run in a folder that may not exist yet. */
export function runFolder(path: string): RunFolder {
  return {
    path,
    settings: join(path, 'settings.json'),
    checkpoint: join(path, 'checkpoint.safetensors'),
    model: join(path, 'model.safetensors'),
    history: join(path, 'history.jsonl'),
    results: join(path, 'results.json'),
  };
}

/**
 * Makes the folder where it is missing, and clears it of what killed writers left.
 *
 * @throws {FileError} where it cannot be made
 */
export async function prepareRunFolder(path: string): Promise<RunFolder> {
  await makeFolder(path).catch((error: unknown) => {
    throw fileError('create', path, error);
  });
  await removeStrayFiles(path);
  return runFolder(path);
}

/** Removes what a run that took no step leaves: an empty history, and its folder unless there is something else in it. */
export async function removeEmptyRun({ path, history }: RunFolder): Promise<void> {
  const found = await stat(history).catch(() => null);
  if (found?.size === 0) await rm(history);
  await rmdir(path).catch(() => undefined);
}

/**
 * The model file that an argument means: the file itself, or that in a run's folder.
 *
 * @throws {FileError} where there is neither
 */
export async function modelFile(path: string): Promise<string> {
  return (await isFolder(path)) ? runFolder(path).model : path;
}

/**
 * The run's folder that an argument means: the folder itself, or that of its checkpoint.
 *
 * @throws {FileError} where there is neither
 */
export async function resumedFolder(path: string): Promise<string> {
  return (await isFolder(path)) ? path : dirname(path);
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: unknown) => {
    throw fileError('read', path, error);
  });
  return found.isDirectory();
}
