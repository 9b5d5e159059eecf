/**
 * Orders file names as people count: frame2 before frame10, case only where nothing else differs. It does not depend
 * on the machine's language.
 */
export function naturalOrder(a: string, b: string): number {
  return compareParts(parts(a.toLowerCase()), parts(b.toLowerCase())) || compareText(a, b);
}

/** Runs of digits and what lies between them. */
function parts(name: string): readonly string[] {
  return name.match(/\d+|\D+/g) ?? [];
}

function compareParts(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = /^\d/.test(a[i]) && /^\d/.test(b[i]) ? compareNumbers(a[i], b[i]) : compareText(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Of any length: numbers in file names may be longer than float64 is exact. */
function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return left.length - right.length || compareText(left, right);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
