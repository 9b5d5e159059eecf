import { DataError } from '../../wasm/errors.js';

/**
 * The float32 numbers in base64 text, little-endian, as embedding APIs give them for `encoding_format: 'base64'`. `where`
 * names the field in messages.
 *
 * @throws {DataError} on other text, and on bytes that are no whole numbers of four
 */
export function base64Floats(text: string, where: string): Float32Array {
  const bytes = decoded(text, where);
  if (bytes.length === 0 || bytes.length % 4 !== 0) {
    throw new DataError(`${where} is base64 of ${bytes.length} bytes, expected float32 numbers of 4 bytes each`);
  }
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

function decoded(text: string, where: string): Uint8Array<ArrayBuffer> {
  const odd = text.search(/[^A-Za-z0-9+/]/);
  const hasPadding = odd >= 0 && /^={1,2}$/.test(text.slice(odd));
  if ((odd >= 0 && !hasPadding) || text.length % 4 !== 0) {
    const found = odd >= 0 && !hasPadding ? `${JSON.stringify(text[odd])} at ${odd}` : `${text.length} characters`;
    throw new DataError(`${where} must be an array of numbers or base64 of them, found text with ${found}`);
  }
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
