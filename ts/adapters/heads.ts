import type { CoreOptions } from '../wasm/core.js';
import { type Matrix, matrix } from '../wasm/matrix.js';
import { identityResidual, type Residual, type ResidualState, residualState, restoreResidual } from './residual.js';
import { type ResidualPass, residualPass } from './residual-pass.js';

/** Which side an adapter changes: one of them, both by one map, or both by a map each. */
export type Adapt = 'query' | 'document' | 'shared' | 'both';

/** Every value of {@link Adapt}. */
export const ADAPTS: readonly Adapt[] = ['query', 'document', 'shared', 'both'];

/** The residual of each side; null where the side stays as it is, one object in both places where it is shared. */
export interface Heads {
  readonly query: Residual | null;
  readonly document: Residual | null;
}

/** Heads that are the identity. */
export function identityHeads(adapt: Adapt, dims: number, rank: number | null, seed: number): Heads {
  const make = (stream: number) => identityResidual(dims, rank, seed + stream);
  if (adapt === 'shared') {
    const residual = make(0);
    return { query: residual, document: residual };
  }
  return { query: adapt === 'document' ? null : make(0), document: adapt === 'query' ? null : make(1) };
}

/** The different residuals there are. */
export function residualsOf({ query, document }: Heads): readonly Residual[] {
  return [...new Set([query, document])].filter((residual) => residual !== null);
}

/** The numbers of heads as they are now. */
export function headsState(heads: Heads): readonly ResidualState[] {
  return residualsOf(heads).map(residualState);
}

/** Puts back what {@link headsState} gave. */
export function restoreHeads(heads: Heads, states: readonly ResidualState[]): void {
  residualsOf(heads).forEach((residual, i) => {
    restoreResidual(residual, states[i] ?? []);
  });
}

const BLOCK = 512;

/** The rows as a head maps them, normalised; the rows themselves where there is none. */
export function applyHead(head: Residual | null, rows: Matrix, options: CoreOptions): Matrix {
  if (head === null) return rows;
  const { cols } = rows;
  const out = new Float32Array(rows.data.length);
  let pass: ResidualPass | null = null;
  let width = 0;
  try {
    for (let start = 0; start < rows.rows; start += width) {
      const left = Math.min(BLOCK, rows.rows - start);
      if (left !== width) {
        pass?.dispose();
        pass = residualPass(head, left, options);
        width = left;
      }
      pass?.forward(rows.data.subarray(start * cols, (start + width) * cols));
      out.set(pass?.output ?? [], start * cols);
    }
    return matrix(out, rows.rows, cols);
  } finally {
    pass?.dispose();
  }
}
