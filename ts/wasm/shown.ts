/** Primitives as text, objects by their class, for a message: nothing that an object says of itself is asked. */
export function shownKind(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === 'string' ? name : 'an object';
}

/** A value as text, for a message: objects that refuse to become text are called what they are. */
export function shown(value: unknown): string {
  try {
    return String(value);
  } catch {
    return `an ${typeof value} that has no text`;
  }
}
