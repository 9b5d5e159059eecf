import { principalComponents } from '../evaluation/principal-components.js';
import type { CoreOptions } from '../wasm/core.js';
import { DataError } from '../wasm/errors.js';
import { type Matrix, matrix } from '../wasm/matrix.js';
import { createProduct } from '../wasm/product.js';
import { type PairRows, procrustes } from './closed-forms.js';
import type { CheckedFit } from './fit-adapter-options.js';
import { type FitData, trainingPairs } from './fit-data.js';
import { type Head, tensorsOf } from './head.js';
import { HEAD_KINDS } from './head-kinds.js';
import { multiply } from './head-pass.js';
import { createHeads, type Heads, type HeadsShape } from './heads.js';
import { gatherRows, relevantDocuments } from './training-batches.js';
import { transposeInto } from './transpose.js';

/** What a fit is asked to begin with, where sizes leave a choice. */
export type Start = 'identity' | 'procrustes';

/** What comes back where nothing trained is better: no change, Procrustes' map, or principal components. */
export type FallbackName = 'base' | 'procrustes' | 'pca';

/** Where training begins. */
export interface HeadStart {
  /** Heads to train, new at each call. */
  heads(): Heads;
  readonly fallback: Heads;
  readonly fallbackName: FallbackName;
  /** Whether that is where training begins. */
  readonly isFallback: boolean;
  /** Procrustes' map, where it was needed. */
  readonly rotation: Matrix | null;
}

/** When the iteration for components ends: what is left out is far below what training changes. */
const TOLERANCE = 1e-5;

/**
 * Residual heads begin as the identity, or with W = M - 1 of Procrustes' M; a map between two sizes as Procrustes' map; a
 * smaller output as principal components.
 */
export function headStart(data: FitData, fit: CheckedFit, start: Start): HeadStart {
  const { shape } = fit;
  const plain = () => createHeads(shape, fit.seed);
  if (!HEAD_KINDS[shape.head].isResidual) {
    const { maps, rotation, name } = isReduction(shape) ? components(data, fit) : procrustesMaps(data, fit);
    const heads = () => withMatrices(plain(), maps);
    return { heads, fallback: heads(), fallbackName: name, isFallback: true, rotation };
  }
  const fallback = { fallback: plain(), fallbackName: 'base' } as const;
  if (start === 'identity') return { heads: plain, ...fallback, isFallback: true, rotation: null };
  const rotation = procrustes(trainingPairs(data), fit);
  const heads = () => withMatrices(plain(), { query: lessIdentity(rotation), document: null });
  return { heads, ...fallback, isFallback: false, rotation };
}

/** Whether both sides get another size, not one of them that of the other. */
export function isReduction({ head, adapt }: HeadsShape): boolean {
  return head === 'map' && (adapt === 'both' || adapt === 'shared');
}

/** Which side a single map is of, and the pairs that it is found from, x to y. */
export function mappedPairs(
  data: FitData,
  { head, adapt }: HeadsShape,
): { readonly isOfDocuments: boolean; readonly pairs: PairRows } {
  const pairs = trainingPairs(data);
  const isOfDocuments = head === 'map' && adapt === 'document';
  return { isOfDocuments, pairs: isOfDocuments ? { x: pairs.y, y: pairs.x } : pairs };
}

interface StartMaps {
  readonly maps: { readonly query: Matrix | null; readonly document: Matrix | null };
  readonly rotation: Matrix | null;
  readonly name: FallbackName;
}

function procrustesMaps(data: FitData, fit: CheckedFit): StartMaps {
  const { isOfDocuments, pairs } = mappedPairs(data, fit.shape);
  const rotation = procrustes(pairs, fit);
  const maps = isOfDocuments ? { query: null, document: rotation } : { query: rotation, document: null };
  return { maps, rotation, name: 'procrustes' };
}

/** Of training queries and documents; where their sizes differ, of documents, with queries brought there first. */
function components(data: FitData, fit: CheckedFit): StartMaps {
  const { dims, documentDims, sizes } = fit.shape;
  const [size = 0] = sizes;
  const { queries, documents, relevance, parts } = data;
  const stored = gatherRows(documents, relevantDocuments(relevance, parts.train));
  if (dims === documentDims) {
    const both = new Float32Array(stored.length + parts.train.length * dims);
    both.set(stored);
    both.set(gatherRows(queries, parts.train), stored.length);
    const map = principalMap(both, dims, size, fit.seed);
    return { maps: { query: map, document: map }, rotation: null, name: 'pca' };
  }
  const document = principalMap(stored, documentDims, size, fit.seed);
  const query = product(document, procrustes(trainingPairs(data), fit), fit);
  return { maps: { query, document }, rotation: null, name: 'pca' };
}

function principalMap(data: Float32Array, cols: number, count: number, seed: number): Matrix {
  const rows = data.length / cols;
  if (rows >= count)
    return principalComponents(matrix(data, rows, cols), count, { seed, tolerance: TOLERANCE }).components;
  throw new DataError(
    `dims ${count} needs at least as many training vectors for its start, got ${rows}: give fewer dims`,
  );
}

/** A B. */
function product(a: Matrix, b: Matrix, options: CoreOptions): Matrix {
  const turned = new Float32Array(b.data.length);
  transposeInto(turned, b.data, b.rows, b.cols);
  const held = createProduct({ rows: a.rows, cols: b.cols, depth: a.cols }, options);
  try {
    return matrix(multiply(held, a.data, turned).slice(), a.rows, b.cols);
  } finally {
    held.dispose();
  }
}

/** Heads of one matrix each, set to these. */
function withMatrices(heads: Heads, { query, document }: StartMaps['maps']): Heads {
  setMatrix(heads.query, query);
  setMatrix(heads.document, document);
  return heads;
}

function setMatrix(head: Head | null, map: Matrix | null): void {
  if (head !== null && map !== null) tensorsOf(head)[0]?.data.set(map.data);
}

/** W = M - 1, so that x + W x = M x. */
function lessIdentity({ data, rows, cols }: Matrix): Matrix {
  const w = data.slice();
  for (let i = 0; i < cols; i++) w[i * cols + i] = data[i * cols + i] - 1;
  return matrix(w, rows, cols);
}
