import { OptionsError } from '../wasm/errors.js';

/**
 * Refuses what is no file's bytes, such as its path.
 *
 * @param what the kind of file, for the message
 * @throws {OptionsError}
 */
export function checkBytes(bytes: Uint8Array, what: string): void {
  if (bytes instanceof Uint8Array) return;
  const found = typeof bytes === 'string' ? 'a text: read the file first' : String(bytes);
  throw new OptionsError(`${what} is read from its bytes, a Uint8Array, got ${found}`);
}
