import { norm, type Rows, subtract } from '../linear-algebra.js';

/** S_ij = -|g_i - h_j|₂ / τ. */
export function distance(G: Rows, H: Rows, temperature: number): number[][] {
  return G.map((g) => H.map((h) => -norm(subtract(g, h)) / temperature));
}
