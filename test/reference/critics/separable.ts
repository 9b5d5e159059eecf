import { dot, type Rows } from '../linear-algebra.js';

/** S_ij = g_i · h_j / τ. */
export function separable(G: Rows, H: Rows, temperature: number): number[][] {
  return G.map((g) => H.map((h) => dot(g, h) / temperature));
}
