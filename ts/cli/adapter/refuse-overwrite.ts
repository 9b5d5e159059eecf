import { access, realpath } from 'node:fs/promises';
import { OptionsError } from '../../wasm/errors.js';

/**
 * Refuses to write where something is read.
 *
 * @throws {OptionsError} naming the file
 */
export async function refuseOverwrite(out: string, inputs: readonly string[]): Promise<void> {
  const place = (path: string) => realpath(path).catch(() => path);
  const target = await place(out);
  for (const input of inputs) {
    if ((await place(input)) === target) throw new OptionsError(`--out ${out} is an input: give another file`);
  }
}

/**
 * Refuses to write where there is something already, as far as can be known.
 *
 * @throws {OptionsError} naming the file
 */
export async function refuseExisting(out: string): Promise<void> {
  const isThere = await access(out).then(
    () => true,
    () => false,
  );
  if (isThere) throw new OptionsError(`--out ${out} is there already: give another file, or --force to replace it`);
}
