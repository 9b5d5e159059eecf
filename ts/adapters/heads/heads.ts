import { streamSeed } from '../../data/seeds.js';
import type { CoreOptions } from '../../wasm/core.js';
import { type Matrix, matrix } from '../../wasm/matrix.js';
import {
  createHead,
  type Head,
  type HeadSizes,
  type HeadState,
  type HeadTensor,
  headState,
  isIdentityHead,
  restoreHead,
  tensorsOf,
} from './head.js';
import { HEAD_KINDS, type HeadName } from './head-kinds.js';
import { type HeadPass, headPass } from './head-pass.js';

/** Which side an adapter changes: one of them, both by one map, or both by a map each. */
export type Adapt = 'query' | 'document' | 'shared' | 'both';

/** Every value of {@link Adapt}. */
export const ADAPTS: readonly Adapt[] = ['query', 'document', 'shared', 'both'];

/** The head of each side; null where the side stays as it is, one object in both places where it is shared. */
export interface Heads {
  readonly query: Head | null;
  readonly document: Head | null;
}

/** A side of a search. */
export type Side = 'query' | 'document';

/** What heads there are and of which sizes. */
export interface HeadsShape {
  readonly adapt: Adapt;
  readonly head: HeadName;
  /** Numbers in a query's vector. */
  readonly dims: number;
  /** Numbers in a document's vector. */
  readonly documentDims: number;
  /** Numbers in an output, the largest first; its first numbers serve as the others. */
  readonly sizes: readonly number[];
  readonly rank: number | null;
  readonly hidden: number | null;
}

/** Heads by side, each made by `make` once. */
export function headsBySide(adapt: Adapt, make: (side: Side) => Head): Heads {
  const query = adapt === 'document' ? null : make('query');
  if (adapt === 'shared') return { query, document: query };
  return { query, document: adapt === 'query' ? null : make('document') };
}

const DOCUMENT_STREAM = 5;

/** Heads as they begin: residual ones are the identity. */
export function createHeads(shape: HeadsShape, seed: number): Heads {
  return headsBySide(shape.adapt, (side) =>
    createHead(
      HEAD_KINDS[shape.head],
      sizesOf(shape, side),
      side === 'query' ? seed : streamSeed(seed, DOCUMENT_STREAM),
    ),
  );
}

/** What the matrices of one side are made for. */
export function sizesOf({ dims, documentDims, sizes, rank, hidden }: HeadsShape, side: Side): HeadSizes {
  return { input: side === 'query' ? dims : documentDims, output: sizes[0] ?? dims, rank, hidden };
}

/** The different heads there are. */
export function distinctHeads({ query, document }: Heads): readonly Head[] {
  return [...new Set([query, document])].filter((head) => head !== null);
}

/** Every matrix of the heads. */
export function headTensors(heads: Heads): readonly HeadTensor[] {
  return distinctHeads(heads).flatMap(tensorsOf);
}

/** The numbers of heads as they are now. */
export function headsState(heads: Heads): readonly HeadState[] {
  return distinctHeads(heads).map(headState);
}

/** Puts back what {@link headsState} gave. */
export function restoreHeads(heads: Heads, states: readonly HeadState[]): void {
  distinctHeads(heads).forEach((head, i) => {
    restoreHead(head, states[i] ?? []);
  });
}

const BLOCK = 512;

/** The rows as a head maps them, normalised; the rows themselves where that changes nothing. */
export function applyHead(head: Head | null, rows: Matrix, options: CoreOptions): Matrix {
  if (head === null || isIdentityHead(head)) return rows;
  const { cols } = rows;
  const out = new Float32Array(rows.rows * head.output);
  let pass: HeadPass | null = null;
  let width = 0;
  try {
    for (let start = 0; start < rows.rows; start += width) {
      const left = Math.min(BLOCK, rows.rows - start);
      if (left !== width) {
        pass?.dispose();
        pass = headPass(head, left, options);
        width = left;
      }
      pass?.forward(rows.data.subarray(start * cols, (start + width) * cols));
      out.set(pass?.output ?? [], start * head.output);
    }
    return matrix(out, rows.rows, head.output);
  } finally {
    pass?.dispose();
  }
}
