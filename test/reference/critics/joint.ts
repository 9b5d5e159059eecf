import { type DenseLayer, encode } from '../encoder.js';
import type { Rows } from '../linear-algebra.js';

/** S_ij = f([g_i; h_j]) / τ, with f a perceptron of rectified layers and one output. */
export function joint(G: Rows, H: Rows, layers: readonly DenseLayer[], temperature: number): number[][] {
  const pairs = G.map((g) => H.map((h) => [...g, ...h]));
  return pairs.map((row) => encode({ layers, activation: 'relu' }, row).map(([score]) => score / temperature));
}
