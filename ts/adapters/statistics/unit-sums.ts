/** Differences added up over queries that are no witnesses of their own, such as copies. */
export interface UnitSums {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

/**
 * Sums by unit, in order of first appearance.
 *
 * @param units a number for each difference, the same where they belong together; none where each stands alone
 */
export function unitSums(differences: Float64Array, units?: ArrayLike<number>): UnitSums {
  if (units === undefined) return { sums: differences, counts: new Float64Array(differences.length).fill(1) };
  const places = new Map<number, number>();
  const at = Array.from(units, (unit) => {
    const place = places.get(unit) ?? places.size;
    places.set(unit, place);
    return place;
  });
  const [sums, counts] = [new Float64Array(places.size), new Float64Array(places.size)];
  at.forEach((place, i) => {
    sums[place] += differences[i];
    counts[place] += 1;
  });
  return { sums, counts };
}
