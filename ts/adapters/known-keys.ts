import { OptionsError } from '../wasm/errors.js';

/**
 * Refuses what is no object of options, and options that there are not: a misspelt one would be ignored without a word.
 *
 * @param known every option, as keys; `satisfies Record<keyof Options, true>` keeps them complete
 * @param name of the function that takes them
 * @throws {OptionsError} naming the unknown option and those that there are
 */
export function checkKnownKeys(options: unknown, known: Readonly<Record<string, true>>, name: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const given = options === null ? 'null' : Array.isArray(options) ? 'an array' : typeof options;
    throw new OptionsError(`${name} takes one object of options, got ${given}`);
  }
  const unknown = Object.keys(options).find((key) => !Object.hasOwn(known, key));
  if (unknown === undefined) return;
  throw new OptionsError(
    `unknown option ${JSON.stringify(unknown)} of ${name}: expected ${Object.keys(known).join(', ')}`,
  );
}
