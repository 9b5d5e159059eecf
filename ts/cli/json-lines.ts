/** What a line can hold. Numbers that JSON has no form for are allowed: see {@link jsonLine}. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined };

/**
 * One JSON object on one line, with the newline. A number that is NaN or infinite becomes null, and a field
 * `nonFinite` maps its path to `NaN`, `Infinity` or `-Infinity`, as in
 * `{"step":2,"loss":null,"nonFinite":{"loss":"NaN"}}`.
 */
export function jsonLine(fields: { readonly [name: string]: JsonValue | undefined }): string {
  const nonFinite: Record<string, string> = {};
  const line = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, finiteOrNull(value, name, nonFinite)]),
  );
  return `${JSON.stringify(Object.keys(nonFinite).length > 0 ? { ...line, nonFinite } : line)}\n`;
}

function finiteOrNull(value: JsonValue | undefined, path: string, nonFinite: Record<string, string>): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    nonFinite[path] = String(value);
    return null;
  }
  if (Array.isArray(value)) return value.map((item, i) => finiteOrNull(item, `${path}[${i}]`, nonFinite));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, finiteOrNull(item, `${path}.${name}`, nonFinite)]),
  );
}
