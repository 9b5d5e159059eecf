import { apply, dot, type Rows } from '../linear-algebra.js';

/** S_ij = g_iᵀ W h_j / τ, with W of width(G) x width(H). */
export function bilinear(G: Rows, H: Rows, weights: Rows, temperature: number): number[][] {
  return G.map((g) => H.map((h) => dot(g, apply(weights, h)) / temperature));
}
