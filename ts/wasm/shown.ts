/** A value as text, for a message: objects that refuse to become text are called what they are. */
export function shown(value: unknown): string {
  try {
    return String(value);
  } catch {
    return `an ${typeof value} that has no text`;
  }
}
