import { type Limits, requireAtMost } from './limits.js';

const [BRACKET, BRACE, COLON] = [0x5b, 0x7b, 0x3a];
/** Of options and what surrounds rows. */
const SPARE = 1000;

/**
 * Refuses JSON with more arrays, objects and fields than rows and judgements within the limits can have, before it is parsed:
 * a body of nothing but empty arrays would take a hundred times its bytes.
 *
 * @throws {RequestError} 413
 */
export function requireParsable(bytes: Uint8Array, { rows, pairs }: Limits): void {
  let found = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === BRACKET || byte === BRACE || byte === COLON) found += 1;
  }
  // A row of either side is an object of two fields, one of them an array; a judgement at most an object with a field.
  requireAtMost(found, 2 * 4 * rows + 4 * pairs + SPARE, 'arrays, objects and fields of JSON');
}
