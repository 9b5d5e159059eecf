import type { Rows } from './linear-algebra.js';

/** W, or U and V, of a residual map. */
export type ReferenceResidual = { readonly W: Rows } | { readonly U: Rows; readonly V: Rows };

/** A query's relevant documents and their weights, which sum to 1. */
export type ReferencePositives = readonly (readonly { readonly candidate: number; readonly weight: number }[])[];

/** normalise(x + W x), in float64; x itself without a map. */
export function adaptedRows(residual: ReferenceResidual | null, rows: Rows): number[][] {
  return rows.map((x) => {
    if (residual === null) return [...x];
    const residue = 'W' in residual ? times(residual.W, x) : times(residual.U, times(residual.V, x));
    const z = x.map((value, k) => value + residue[k]);
    return z.map((value) => value / Math.hypot(...z));
  });
}

/**
 * InfoNCE of adapted rows: mean_i [ Σ_p w_ip s_ip - ln Σ_{j in K_i} e^s_ij + ln |K_i| ], s = scale times the inner
 * product, K_i without copies (candidates of a positive's id) that aren't positives themselves.
 */
export function adapterInfoNce(
  x: Rows,
  y: Rows,
  positives: ReferencePositives,
  ids: ArrayLike<number>,
  scale: number,
): number {
  const values = x.map((query, i) => {
    const scores = y.map((document) => scale * query.reduce((sum, value, k) => sum + value * document[k], 0));
    const own = positives[i];
    const isOwn = (j: number) => own.some(({ candidate }) => candidate === j);
    const isCopy = (j: number) => own.some(({ candidate }) => ids[candidate] === ids[j]);
    const kept = scores.filter((_, j) => isOwn(j) || !isCopy(j));
    const largest = Math.max(...kept);
    const partition = largest + Math.log(kept.reduce((sum, score) => sum + Math.exp(score - largest), 0));
    return (
      own.reduce((sum, { candidate, weight }) => sum + weight * scores[candidate], 0) -
      partition +
      Math.log(kept.length)
    );
  });
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function times(matrix: Rows, x: readonly number[]): number[] {
  return matrix.map((row) => row.reduce((sum, value, k) => sum + value * x[k], 0));
}
