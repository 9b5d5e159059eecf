import { OptionsError } from './errors.js';

/** Every option of T, once. */
export type KnownOptions<T> = Readonly<Record<keyof T, true>>;

/**
 * Refuses what is given and no function.
 *
 * @throws {OptionsError} naming the option
 */
export function checkFunction(value: unknown, name: string): void {
  if (value === undefined || typeof value === 'function') return;
  throw new OptionsError(`${name} must be a function, got ${value === null ? 'null' : typeof value}`);
}

/**
 * Refuses what is no object, and options that nothing would read: a misspelt one would silently be its default.
 *
 * @param what the function that takes them, for the message
 * @throws {OptionsError} naming the option, and those that there are
 */
export function checkOptions<T extends object>(options: T, known: KnownOptions<T>, what: string): void {
  checkObject(options, what);
  const unknown = Object.keys(options).find((key) => !Object.hasOwn(known, key));
  if (unknown === undefined) return;
  throw new OptionsError(`${what} has no option '${unknown}': it takes ${Object.keys(known).join(', ')}`);
}

/**
 * Refuses what is no object of options.
 *
 * @throws {OptionsError} saying what was given
 */
export function checkObject(options: unknown, what: string): void {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  const found = options === null ? 'null' : Array.isArray(options) ? 'an array' : typeof options;
  throw new OptionsError(`${what} takes an object of options, got ${found}`);
}
