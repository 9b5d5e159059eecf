/** Where two values of plain JSON differ first, and what they are there. */
export interface Difference {
  /** Such as `layers[2].units`; empty where the values themselves are no alike objects. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Where two values of plain JSON differ first; null where they are equal, whatever the order of their keys. */
export function firstDifference(before: unknown, after: unknown, path = ''): Difference | null {
  if (!isNested(before) || !isNested(after) || Array.isArray(before) !== Array.isArray(after)) {
    return Object.is(before, after) ? null : { path, before, after };
  }
  const step = (key: string) => (Array.isArray(before) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`);
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const found = firstDifference(valueAt(before, key), valueAt(after, key), step(key));
    if (found !== null) return found;
  }
  return null;
}

function isNested(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** What is inherited, as `toString` is, is no value of plain JSON. */
function valueAt(nested: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(nested, key) ? nested[key] : undefined;
}
