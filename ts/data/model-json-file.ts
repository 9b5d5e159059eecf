import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { OptionsError } from '../wasm/errors.js';
import { shown } from '../wasm/shown.js';
import { writeFileAtomically } from './atomic-file.js';
import { FileError, fileError } from './file-error.js';
import { makeFolderOf } from './make-folder.js';
import { readBytes } from './read-bytes.js';

/** What follows the model's name in that of its weights. */
const HASHED = /^[0-9a-f]{16}\.weights\.bin$/;

/**
 * Refuses what is no path of a model.json.
 *
 * @throws {OptionsError} on a name that does not end in .json
 */
export function checkModelJsonPath(path: string): void {
  if (typeof path === 'string' && path.endsWith('.json')) return;
  throw new OptionsError(`a LayersModel is kept in a file that ends in .json, such as model.json, got ${shown(path)}`);
}

/**
 * Writes the weights of a model beside its model.json, named after their content, then the model.json, then removes the
 * weights of the model that was there: a process that is killed leaves the old model or the new one, whole. A
 * missing folder is made.
 *
 * @param json all of the model.json but its manifest
 * @param specs what the manifest says of the weights, in their order
 * @throws {FileError} where the folder cannot be made or is read-only, or the disk is full, naming the model.json
 */
export async function writeModelJsonFile(
  path: string,
  json: Readonly<Record<string, unknown>>,
  specs: readonly unknown[],
  weights: Uint8Array,
): Promise<void> {
  const hash = createHash('sha256').update(weights).digest('hex').slice(0, 16);
  const name = `${basename(path, '.json')}.${hash}.weights.bin`;
  const text = JSON.stringify({ ...json, weightsManifest: [{ paths: [name], weights: specs }] });
  const old = await ownWeights(path);
  await makeFolderOf(path);
  await writeFileAtomically(join(dirname(path), name), weights).catch((error: unknown) => {
    // The weights' own name is not what was asked for.
    throw fileError('write', path, error instanceof FileError ? (error.cause ?? error) : error);
  });
  await writeFileAtomically(path, text);
  for (const stale of old.filter((other) => other !== name)) await rm(join(dirname(path), stale), { force: true });
}

/** Files of weights that this library wrote for the model that is there; others' are left alone. */
async function ownWeights(path: string): Promise<readonly string[]> {
  const start = `${basename(path, '.json')}.`;
  try {
    const { weightsManifest }: { weightsManifest: readonly { paths: readonly string[] }[] } = JSON.parse(
      new TextDecoder().decode(await readBytes(path)),
    );
    const names = weightsManifest.flatMap(({ paths }) => paths);
    return names.filter((name) => name.startsWith(start) && HASHED.test(name.slice(start.length)));
  } catch {
    // There is none, or one that is broken: nothing of it is known to be ours.
    return [];
  }
}
