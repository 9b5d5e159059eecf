/** A matrix in float64, row by row: element (i, j) is `rows[i][j]`. */
export type Rows = readonly (readonly number[])[];

/** Entry `k` of `values`; out of range throws, so that no formula goes on with `undefined`. */
export function entry(values: readonly number[], k: number): number {
  const value = values[k];
  if (value === undefined) throw new RangeError(`entry ${k} of ${values.length}`);
  return value;
}

/** Element (i, j) of `rows`. */
export function at(rows: Rows, i: number, j: number): number {
  return entry(rows[i] ?? [], j);
}

/** Σₖ valuesₖ; 0 for none. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The arithmetic mean; NaN for none. */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** ⟨a, b⟩ for vectors of one length. */
export function dot(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) throw new RangeError(`dot of ${a.length} and ${b.length} numbers`);
  let total = 0;
  for (let k = 0; k < a.length; k++) total += a[k] * b[k];
  return total;
}

/** |a|₂. */
export function norm(a: readonly number[]): number {
  return Math.sqrt(dot(a, a));
}

/** a - b, entry by entry. */
export function subtract(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, k) => value - b[k]);
}

/** scalar · a. */
export function scale(a: readonly number[], scalar: number): number[] {
  return a.map((value) => value * scalar);
}

/** Aᵀ. */
export function transpose(a: Rows): number[][] {
  return (a[0] ?? []).map((_, j) => a.map((row) => entry(row, j)));
}

/** A v. */
export function apply(a: Rows, v: readonly number[]): number[] {
  return a.map((row) => dot(row, v));
}

/** A B. */
export function multiply(a: Rows, b: Rows): number[][] {
  const columns = transpose(b);
  return a.map((row) => columns.map((column) => dot(row, column)));
}

/** The n x n identity. */
export function identity(n: number): number[][] {
  return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
}
