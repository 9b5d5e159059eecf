import type { Rows } from '../reference/linear-algebra.js';

/**
 * df/dx by central differences, (f(x + h) - f(x - h)) / 2h with h = 1e-6 max(1, |x|).
 *
 * In float64 the rounding error is near 1e-10 |f| and the truncation error near 1e-12 |f'''|: enough to judge a
 * float32 gradient, whose own error is near 1e-6.
 */
export function scalarDifference(f: (x: number) => number, x: number): number {
  const above = x + 1e-6 * Math.max(1, Math.abs(x));
  const below = x - (above - x);
  return (f(above) - f(below)) / (above - below);
}

/** ∂f/∂x for every entry of a vector, by central differences. */
export function vectorDifferences(f: (x: readonly number[]) => number, x: readonly number[]): number[] {
  return x.map((value, k) => scalarDifference((moved) => f(x.with(k, moved)), value));
}

/** ∂f/∂A for every element of a matrix, by central differences. */
export function matrixDifferences(f: (a: Rows) => number, a: Rows): number[][] {
  return a.map((row, i) => vectorDifferences((moved) => f(a.with(i, moved)), row));
}
