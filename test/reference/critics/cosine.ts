import { dot, norm, type Rows } from '../linear-algebra.js';

/** S_ij = cos(g_i, h_j) / τ; the cosine with a zero vector is 0. */
export function cosine(G: Rows, H: Rows, temperature: number): number[][] {
  return G.map((g) => H.map((h) => cosineOf(g, h) / temperature));
}

function cosineOf(g: readonly number[], h: readonly number[]): number {
  const lengths = norm(g) * norm(h);
  return lengths === 0 ? 0 : dot(g, h) / lengths;
}
