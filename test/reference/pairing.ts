/** A right answer for a query, and its share among the query's right answers. */
export interface Positive {
  readonly candidate: number;
  readonly weight: number;
}

/**
 * Which candidates are right, wrong or left out for n queries against m candidates.
 *
 * `positives[i]` are query i's right answers, their weights summing to 1; `excluded[i][j]` says that the pair (i, j)
 * is in no sum.
 */
export interface Pairing {
  readonly positives: readonly (readonly Positive[])[];
  readonly excluded: readonly (readonly boolean[])[];
}

/** Query i's only right answer is candidate i (m >= n); nothing is excluded. */
export function diagonalPairing(n: number, m = n): Pairing {
  return pairing(
    Array.from({ length: n }, (_, i) => [{ candidate: i, weight: 1 }]),
    m,
  );
}

/**
 * The pairing of the given positives. With ids (one a candidate), the pair (i, j) is excluded when candidate j carries
 * the id of one of query i's positives without being one itself.
 */
export function pairing(positives: Pairing['positives'], m: number, ids?: readonly number[]): Pairing {
  const excluded = positives.map((own) => {
    const candidates = new Set(own.map((positive) => positive.candidate));
    const known = new Set(own.map((positive) => ids?.[positive.candidate]));
    return Array.from({ length: m }, (_, j) => ids !== undefined && known.has(ids[j]) && !candidates.has(j));
  });
  return { positives, excluded };
}

/**
 * The same pairs with queries and candidates in exchanged roles: candidate j's positives are the queries that have j
 * as a positive, their weights renormalised to sum to 1; a candidate that is nobody's positive has none.
 */
export function transposePairing({ positives, excluded }: Pairing): Pairing {
  const m = excluded[0]?.length ?? 0;
  const columns = Array.from({ length: m }, (_, j) => {
    const own = positives.flatMap((row, i) =>
      row.filter(({ candidate }) => candidate === j).map(({ weight }) => ({ candidate: i, weight })),
    );
    const total = own.reduce((sum, { weight }) => sum + weight, 0);
    return total > 0 ? own.map(({ candidate, weight }) => ({ candidate, weight: weight / total })) : [];
  });
  const excludedColumns = Array.from({ length: m }, (_, j) => excluded.map((row) => row[j] === true));
  return { positives: columns, excluded: excludedColumns };
}

/** K_i: the candidates of query i that are not excluded, positives among them. */
export function keptCandidates({ excluded }: Pairing, i: number): number[] {
  return (excluded[i] ?? []).flatMap((isExcluded, j) => (isExcluded ? [] : [j]));
}

/** All (i, j) that are kept and not positive, of all queries together. */
export function offPairs(pairs: Pairing): (readonly [number, number])[] {
  return pairs.positives.flatMap((own, i) =>
    keptCandidates(pairs, i)
      .filter((j) => !own.some(({ candidate }) => candidate === j))
      .map((j) => [i, j] as const),
  );
}
