/** What JSON can hold. Numbers that it has no form for are allowed: see {@link jsonText}. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined };

/** Where numbers stood that JSON has no form for, and which. */
type NonFinite = Record<string, string>;

/**
 * One JSON object. A number that is NaN or infinite becomes null, and a field `nonFinite` maps its path to `NaN`,
 * `Infinity` or `-Infinity`, as in `{"step":2,"loss":null,"nonFinite":{"loss":"NaN"}}`.
 */
export function jsonText(fields: { readonly [name: string]: JsonValue | undefined }): string {
  const nonFinite: NonFinite = {};
  const finite = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, finiteOrNull(value, name, nonFinite)]),
  );
  return JSON.stringify(Object.keys(nonFinite).length > 0 ? { ...finite, nonFinite } : finite);
}

function finiteOrNull(value: JsonValue | undefined, path: string, nonFinite: NonFinite): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    nonFinite[path] = String(value);
    return null;
  }
  if (Array.isArray(value)) {
    // Embeddings are millions of numbers: no path is made for those that need none.
    return value.every(Number.isFinite)
      ? value
      : value.map((item, i) => finiteOrNull(item, `${path}[${i}]`, nonFinite));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, finiteOrNull(item, `${path}.${name}`, nonFinite)]),
  );
}
