import { DataError } from '../wasm/errors.js';

/** Arguments of one call, which the stack must hold. */
const CHUNK = 2 ** 13;

/**
 * The bytes in base64 text. `what` says what was expected, such as `the body must be base64`.
 *
 * @throws {DataError} on other text, naming the first wrong character, or a length that is no multiple of four
 */
export function decodeBase64(text: string, what: string): Uint8Array<ArrayBuffer> {
  const odd = text.search(/[^A-Za-z0-9+/]/);
  const hasPadding = odd >= 0 && /^={1,2}$/.test(text.slice(odd));
  if ((odd >= 0 && !hasPadding) || text.length % 4 !== 0) {
    const found = odd >= 0 && !hasPadding ? `${JSON.stringify(text[odd])} at ${odd}` : `${text.length} characters`;
    throw new DataError(`${what}, found text with ${found}`);
  }
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Bytes as base64 text. */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += CHUNK) binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(binary);
}
