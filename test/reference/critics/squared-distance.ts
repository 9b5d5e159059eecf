import { dot, type Rows, subtract } from '../linear-algebra.js';

/** S_ij = -|g_i - h_j|₂² / τ. */
export function squaredDistance(G: Rows, H: Rows, temperature: number): number[][] {
  return G.map((g) => H.map((h) => -squaredNorm(subtract(g, h)) / temperature));
}

function squaredNorm(a: readonly number[]): number {
  return dot(a, a);
}
