import { realpath } from 'node:fs/promises';
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
