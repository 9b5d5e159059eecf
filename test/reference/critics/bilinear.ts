import { apply, dot, type Rows } from '../linear-algebra.js';

/** S_ij = g_iᵀ W h_j / τ, with W of width(G) x width(H). */
export function bilinear(G: Rows, H: Rows, weights: Rows, temperature: number): number[][] {
  const projected = H.map((h) => apply(weights, h));
  return G.map((g) => projected.map((Wh) => dot(g, Wh) / temperature));
}
