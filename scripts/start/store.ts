import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeStrayFiles, writeFileAtomically } from '../../ts/data/atomic-file.js';
import { fileError } from '../../ts/data/file-error.js';
import type { FeatureResult } from './results.js';

/** Finished results on disk, so that a run that was stopped goes on where it stood. */
export interface Store {
  /** The result of this name, where it was made with the same settings; else null. */
  load(id: string): Promise<FeatureResult | null>;
  save(result: FeatureResult): Promise<void>;
  /** Where the trained model of this name is kept. */
  modelPath(id: string): string;
}

/**
 * Opens the store of an output folder. `fingerprint` holds whatever results depend on: those of another are passed
 * over.
 *
 * @throws {FileError} where the folder cannot be made
 */
export async function openStore(out: string, fingerprint: string): Promise<Store> {
  const folder = join(out, 'models');
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw fileError('create', folder, error);
  });
  for (const each of [out, folder]) await removeStrayFiles(each);
  const path = (id: string) => join(folder, `${id}.json`);
  return {
    load: (id) => loadResult(path(id), fingerprint),
    save: (result) => writeFileAtomically(path(result.id), JSON.stringify({ fingerprint, result })),
    modelPath: (id) => join(folder, `${id}.safetensors`),
  };
}

async function loadResult(path: string, fingerprint: string): Promise<FeatureResult | null> {
  try {
    const stored: { readonly fingerprint: string; readonly result: FeatureResult } = JSON.parse(
      await readFile(path, 'utf8'),
    );
    return stored.fingerprint === fingerprint ? stored.result : null;
  } catch {
    // Missing, or not ours: it is made again.
    return null;
  }
}
