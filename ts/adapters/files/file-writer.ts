import { StateError } from '../../wasm/errors.js';

/** Writes a file so that it is whole or as it was. */
export type FileWriter = (path: string, bytes: Uint8Array) => Promise<void>;

let writer: FileWriter | null = null;

/** Says how files are written; Node's entry does. */
export function provideFileWriter(write: FileWriter): void {
  writer = write;
}

/**
 * The writer that there is.
 *
 * @throws {StateError} in a page or a function, which have no files
 */
export function fileWriter(): FileWriter {
  if (writer !== null) return writer;
  throw new StateError('there are no files here: keep the bytes of adapter.toBytes() where you keep others');
}
