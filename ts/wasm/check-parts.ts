import { OptionsError } from './errors.js';
import { shownKind } from './shown.js';

/** What something is known by: its parts, and of each what it is. */
export type Parts = Readonly<Record<string, 'array' | 'function' | 'object'>>;

/** Whether a value has parts; classes tell nothing where a library is loaded twice. */
export function hasParts(value: unknown, parts: Parts): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(parts).every(([name, kind]) => {
    const part: unknown = Reflect.get(value, name);
    return kind === 'array' ? Array.isArray(part) : part !== null && typeof part === kind;
  });
}

/**
 * Refuses what lacks parts.
 *
 * @param name the argument's, for the message
 * @param expected what it must be, for the message
 * @throws {OptionsError} saying what was given
 */
export function checkParts(value: unknown, parts: Parts, name: string, expected: string): void {
  if (!hasParts(value, parts)) throw new OptionsError(`${name} must be ${expected}, got ${shownKind(value)}`);
}
