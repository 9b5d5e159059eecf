import type { Rows } from './linear-algebra.js';

/** f of a head, layer by layer: s(A x + b) where bent, s(z) = z / (1 + |z|), else A x + b; x is added where it is residual. */
export interface ReferenceHead {
  readonly isResidual: boolean;
  readonly layers: readonly { readonly A: Rows; readonly b: readonly number[] | null; readonly isBent: boolean }[];
}

/** A query's relevant documents and their weights, which sum to 1. */
export type ReferencePositives = readonly (readonly { readonly candidate: number; readonly weight: number }[])[];

/** f(x) or x + f(x) of each row, in float64, not normalised; x itself without a head. */
export function mappedRows(head: ReferenceHead | null, rows: Rows): number[][] {
  return rows.map((x) => {
    if (head === null) return [...x];
    const mapped = head.layers.reduce<readonly number[]>((at, { A, b, isBent }) => {
      const z = times(A, at).map((value, i) => value + (b?.[i] ?? 0));
      return isBent ? z.map((value) => value / (1 + Math.abs(value))) : z;
    }, x);
    return mapped.map((value, k) => value + (head.isResidual ? x[k] : 0));
  });
}

/** The first numbers of each row, of length 1. */
export function cutRows(rows: Rows, size: number): number[][] {
  return rows.map((row) => {
    const kept = row.slice(0, size);
    return kept.map((value) => value / Math.hypot(...kept));
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
