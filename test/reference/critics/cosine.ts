import { dot, norm, type Rows, scale } from '../linear-algebra.js';

/** S_ij = cos(g_i, h_j) / τ; the cosine with a zero vector is 0. */
export function cosine(G: Rows, H: Rows, temperature: number): number[][] {
  const unitH = H.map(unit);
  return G.map(unit).map((g) => unitH.map((h) => dot(g, h) / temperature));
}

function unit(a: readonly number[]): readonly number[] {
  const length = norm(a);
  return length === 0 ? a : scale(a, 1 / length);
}
