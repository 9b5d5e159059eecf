import { DataError } from '../wasm/errors.js';

/**
 * Loads a package that only some people need.
 *
 * @throws {DataError} where it cannot be loaded, saying how to install it
 */
export async function loadOptionalPackage<T>(name: string, purpose: string, load: () => T | Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new DataError(`${purpose} needs the package ${name}: npm install ${name} (loading it failed: ${reason})`, {
      cause: error,
    });
  }
}
