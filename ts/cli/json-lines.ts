import { type JsonValue, jsonText } from '../data/json-text.js';

/** One JSON object on one line, with the newline: see {@link jsonText}. */
export function jsonLine(fields: { readonly [name: string]: JsonValue | undefined }): string {
  return `${jsonText(fields)}\n`;
}
