import { type Limits, requireAtMost } from './limits.js';
import { RequestError } from './request-error.js';

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const [BRACKET, BRACE, END_BRACKET, END_BRACE] = [0x5b, 0x7b, 0x5d, 0x7d];
/** Of options and what surrounds rows. */
const SPARE = 1000;
/** Deeper JSON is nothing that a route reads, and would exhaust the stack of what walks it. */
const MOST_LEVELS = 16;

/**
 * Refuses JSON, before it is parsed, that is too deep, or has more arrays, objects and fields than rows and judgements within
 * the limits can have: a body of nothing but empty arrays would take a hundred times its bytes. Those in strings count too.
 *
 * @throws {RequestError} 413 on too many, 400 on too deep
 */
export function requireParsable(bytes: Uint8Array, { rows, pairs }: Limits): void {
  const { parts, levels } = sizeOf(bytes);
  // A row of either side is an object of two fields, one of them an array; a judgement at most an object with a field.
  requireAtMost(parts, 2 * 4 * rows + 4 * pairs + SPARE, 'arrays, objects and fields of JSON');
  if (levels > MOST_LEVELS) throw new RequestError(400, `JSON may be ${MOST_LEVELS} levels deep, this is deeper`);
}

/** {@link requireParsable} of JSON that was within a string. */
export function requireParsableText(text: string, limits: Limits): void {
  requireParsable(new TextEncoder().encode(text), limits);
}

/** Arrays, objects and fields, and how deep they lie in each other where no string holds them. */
function sizeOf(bytes: Uint8Array): { readonly parts: number; readonly levels: number } {
  let [parts, level, levels] = [0, 0, 0];
  let isText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) isText = !isText;
    else if (byte === BACKSLASH) at += isText ? 1 : 0;
    else if (byte === COLON) parts += 1;
    else if (byte === BRACKET || byte === BRACE) {
      parts += 1;
      if (!isText) level += 1;
      if (level > levels) levels = level;
    } else if (!isText && (byte === END_BRACKET || byte === END_BRACE)) level -= 1;
  }
  return { parts, levels };
}
