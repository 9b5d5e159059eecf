/** A right answer for a query, and its share among the query's right answers. */
export interface Positive {
  readonly candidate: number;
  readonly weight: number;
}

/**
 * Which candidates are right, wrong or left out for n queries against m candidates.
 *
 * `positives[i]` are query i's right answers, their weights summing to 1. `kept[i]` is K_i, the candidates that are not
 * excluded, positives among them. `off` holds all (i, j) that are kept and not positive, of all queries together.
 */
export interface Pairing {
  readonly positives: readonly (readonly Positive[])[];
  readonly kept: readonly (readonly number[])[];
  readonly off: readonly (readonly [query: number, candidate: number])[];
}

/** Query i's only right answer is candidate i (m >= n); nothing is excluded. */
export function diagonalPairing(n: number, m = n): Pairing {
  const positives = Array.from({ length: n }, (_, i) => [{ candidate: i, weight: 1 }]);
  return pairing(positives, m);
}

/**
 * The pairing of the given positives. With ids (one a candidate), the pair (i, j) is excluded when candidate j carries
 * the id of one of query i's positives without being one itself.
 */
export function pairing(positives: Pairing['positives'], m: number, ids?: readonly number[]): Pairing {
  const kept = positives.map((own) => {
    const candidates = candidatesOf(own);
    const known = new Set(own.map(({ candidate }) => ids?.[candidate]));
    const isExcluded = (j: number) => ids !== undefined && known.has(ids[j]) && !candidates.has(j);
    return range(m).filter((j) => !isExcluded(j));
  });
  return pairingOfKept(positives, kept);
}

/** The pairing of the given positives and kept candidates. */
export function pairingOfKept(positives: Pairing['positives'], kept: Pairing['kept']): Pairing {
  const off = kept.flatMap((own, i) => {
    const candidates = candidatesOf(positives[i]);
    return own.filter((j) => !candidates.has(j)).map((j) => [i, j] as const);
  });
  return { positives, kept, off };
}

/**
 * The same pairs with queries and candidates in exchanged roles: candidate j's positives are the queries that have j
 * as a positive, their weights renormalised to sum to 1; a candidate that is nobody's positive has none.
 */
export function transposePairing(pairs: Pairing, m: number): Pairing {
  const transposed = transposes.get(pairs) ?? transposeOnce(pairs, m);
  transposes.set(pairs, transposed);
  return transposed;
}

/** Central differences ask for the same transpose thousands of times. */
const transposes = new WeakMap<Pairing, Pairing>();

function transposeOnce({ positives, kept }: Pairing, m: number): Pairing {
  const columns = range(m).map((j) => {
    const own = positives.flatMap((row, i) =>
      row.filter(({ candidate }) => candidate === j).map(({ weight }) => ({ candidate: i, weight })),
    );
    const total = own.reduce((sum, { weight }) => sum + weight, 0);
    return total > 0 ? own.map(({ candidate, weight }) => ({ candidate, weight: weight / total })) : [];
  });
  const keptColumns = range(m).map((j) => kept.flatMap((own, i) => (own.includes(j) ? [i] : [])));
  return pairingOfKept(columns, keptColumns);
}

function candidatesOf(positives: readonly Positive[]): Set<number> {
  return new Set(positives.map(({ candidate }) => candidate));
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, k) => k);
}
