import { DataError } from '../wasm/errors.js';
import { shownKind } from '../wasm/shown.js';

/**
 * The JSON object in a line of a .jsonl file. `where` names the line in messages, `fields` those that it should have,
 * `shape` what was expected.
 *
 * @throws {DataError} on what is no JSON object, naming the field that a syntax error lies in or after
 */
export function parseJsonRow(text: string, where: string, fields: readonly string[], shape: string): object {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${where}: not one JSON object (${faultyField(text, fields)}): ${reason}`, { cause: error });
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw new DataError(`${where}: expected an object ${shape}, got ${describeJson(row)}`);
  }
  return row;
}

/**
 * A field's numbers; `where` names it in messages.
 *
 * @throws {DataError} on what is no array, an empty one, and numbers that single precision does not hold
 */
export function checkedNumbers(values: unknown, where: string): readonly number[] {
  if (!Array.isArray(values)) throw new DataError(`${where} must be an array of numbers, got ${describeJson(values)}`);
  if (values.length === 0) throw new DataError(`${where} must hold at least one number, got none`);
  for (let i = 0; i < values.length; i++) {
    const value: unknown = values[i];
    if (typeof value !== 'number' || !Number.isFinite(Math.fround(value))) {
      throw new DataError(`${where}[${i}] must be a finite float32 number, got ${describeJson(value)}`);
    }
  }
  return values;
}

/** A value for messages, of JSON or not; `nothing` for a field that is missing. What is nested too deep is called what it is. */
export function describeJson(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'object' || typeof value === 'string') {
    try {
      return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner)).slice(0, 40);
    } catch {
      return shownKind(value);
    }
  }
  return String(value);
}

/** Which field a syntax error lies in: that of a NaN or Infinity, else the last one begun. */
function faultyField(text: string, fields: readonly string[]): string {
  const token = text.search(/\b(?:nan|infinity|inf)\b/i);
  const before = token < 0 ? text : text.slice(0, token);
  const begun = [...before.matchAll(new RegExp(`"(${fields.join('|')})"\\s*:`, 'g'))].at(-1)?.[1];
  return begun === undefined ? `fields ${fields.join(' and ')} not found` : `in or after field ${begun}`;
}
