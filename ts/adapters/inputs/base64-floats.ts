import { decodeBase64 } from '../../data/base64.js';
import { floatsOfBytes } from '../../data/float32-bytes.js';
import { DataError } from '../../wasm/errors.js';

/**
 * The float32 numbers in base64 text, little-endian, as embedding APIs give them for `encoding_format: 'base64'`. `where`
 * names the field in messages.
 *
 * @throws {DataError} on other text, and on bytes that are no whole numbers of four
 */
export function base64Floats(text: string, where: string): Float32Array {
  const bytes = decodeBase64(text, `${where} must be an array of numbers or base64 of them`);
  if (bytes.length === 0 || bytes.length % 4 !== 0) {
    throw new DataError(`${where} is base64 of ${bytes.length} bytes, expected float32 numbers of 4 bytes each`);
  }
  return floatsOfBytes(bytes);
}
