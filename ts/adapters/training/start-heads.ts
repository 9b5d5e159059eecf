import { principalComponents } from '../../evaluation/principal-components.js';
import type { CoreOptions } from '../../wasm/core.js';
import { DataError } from '../../wasm/errors.js';
import { type Matrix, matrix } from '../../wasm/matrix.js';
import { createProduct } from '../../wasm/product.js';
import { type Head, tensorsOf } from '../heads/head.js';
import { HEAD_KINDS } from '../heads/head-kinds.js';
import { multiply } from '../heads/head-pass.js';
import { createHeads, type Heads, type HeadsShape } from '../heads/heads.js';
import { transposeInto } from '../heads/transpose.js';
import type { QueryMetrics } from '../retrieval/evaluate-retrieval.js';
import { mean } from '../retrieval/mean.js';
import type { ChosenStart } from './choose-start.js';
import { applyMap, type PairRows, procrustes } from './closed-forms.js';
import type { CheckedFit } from './fit-adapter-options.js';
import { type FitData, trainingPairs } from './fit-data.js';
import { type HeldOut, heldOut, meanOverSizes, measureMapped, measureSizes } from './held-out.js';
import { gatherRows, relevantDocuments } from './training-batches.js';

/** What a fit is asked to begin with, where sizes leave a choice. */
export type Start = 'identity' | 'procrustes';

/**
 * What comes back where nothing trained is better: no change, Procrustes' map, principal components of queries and documents
 * together, or those of documents with queries brought to them by Procrustes' map.
 */
export type FallbackName = 'base' | 'procrustes' | 'pca' | 'aligned';

/** Where training begins. */
export interface HeadStart {
  /** Heads to train, new at each call. */
  heads(): Heads;
  readonly fallback: Heads;
  readonly fallbackShape: HeadsShape;
  readonly fallbackName: FallbackName;
  /** Whether that is where training begins. */
  readonly isFallback: boolean;
  /** Procrustes' map, where it was needed. */
  readonly rotation: Matrix | null;
  /** Of smaller outputs: what training could have begun with, the fallback among them. */
  readonly components: Readonly<Partial<Record<FallbackName, Heads>>>;
}

/** When the iteration for components ends: what is left out is far below what training changes. */
const TOLERANCE = 1e-5;

/**
 * Residual heads begin as the identity, or with W = M - 1 of Procrustes' M; a map between two sizes as Procrustes' map; a
 * smaller output as principal components, those of the two kinds that serve the queries for early stopping better.
 */
export function headStart(data: FitData, { start, fit, askedShape, rotation: known }: ChosenStart): HeadStart {
  const { shape } = fit;
  const fallbackShape = askedShape;
  const plain = () => createHeads(shape, fit.seed);
  if (isReduction(shape)) return componentsStart(data, fit, plain);
  if (!HEAD_KINDS[shape.head].isResidual) {
    const { isOfDocuments, pairs } = mappedPairs(data, shape);
    const rotation = known ?? procrustes(pairs, fit);
    const maps = isOfDocuments ? { query: null, document: rotation } : { query: rotation, document: null };
    const heads = () => withMatrices(plain(), maps);
    const fallback = { fallback: heads(), fallbackShape, fallbackName: 'procrustes', components: {} } as const;
    return { heads, ...fallback, isFallback: true, rotation };
  }
  const identity = createHeads(askedShape, fit.seed);
  const fallback = { fallback: identity, fallbackShape, fallbackName: 'base', components: {} } as const;
  if (start === 'identity') return { heads: plain, ...fallback, isFallback: true, rotation: known };
  const { isOfDocuments, pairs } = mappedPairs(data, shape);
  const rotation = known ?? procrustes(pairs, fit);
  const turn = lessIdentity(rotation);
  const maps = isOfDocuments ? { query: null, document: turn } : { query: turn, document: null };
  const heads = () => withMatrices(plain(), maps);
  return { heads, ...fallback, isFallback: false, rotation };
}

/** Whether both sides get another size, not one of them that of the other. */
export function isReduction({ head, adapt }: HeadsShape): boolean {
  return head === 'map' && (adapt === 'both' || adapt === 'shared');
}

/** Which side a closed form maps, and the pairs that it is found from, x to y. */
export function mappedPairs(
  data: FitData,
  shape: HeadsShape,
): { readonly isOfDocuments: boolean; readonly pairs: PairRows } {
  const pairs = trainingPairs(data);
  const isOfDocuments = mapsDocuments(shape);
  return { isOfDocuments, pairs: isOfDocuments ? { x: pairs.y, y: pairs.x } : pairs };
}

function mapsDocuments({ adapt }: HeadsShape): boolean {
  return adapt === 'document';
}

/** Measures queries where a closed form maps the side that {@link mappedPairs} says. */
export function measureClosedForm(map: Matrix, held: HeldOut, data: FitData, fit: CheckedFit): QueryMetrics {
  const { queries, relevance } = held;
  return mapsDocuments(fit.shape)
    ? measureMapped(queries, relevance, { ...data, documents: applyMap(map, data.documents, fit) }, fit)
    : measureMapped(applyMap(map, queries, fit), relevance, data, fit);
}

interface SideMaps {
  readonly query: Matrix | null;
  readonly document: Matrix | null;
}

function componentsStart(data: FitData, fit: CheckedFit, plain: () => Heads): HeadStart {
  const stopping = heldOut(data.queries, data.relevance, data.parts.stopping);
  const all = componentMaps(data, fit).map(([name, maps]) => {
    const heads = withMatrices(plain(), maps);
    const mrr = mean(meanOverSizes(measureSizes(stopping, data, heads, fit.shape.sizes, fit), 'MRR@10'));
    return { name, maps, heads, mrr };
  });
  const best = all.reduce((first, other) => (other.mrr > first.mrr ? other : first));
  return {
    heads: () => withMatrices(plain(), best.maps),
    fallback: best.heads,
    fallbackShape: fit.shape,
    fallbackName: best.name,
    isFallback: true,
    rotation: null,
    components: Object.fromEntries(all.map(({ name, heads }) => [name, heads])),
  };
}

/** Of training vectors: of both sides together where they are of one size, and of documents, unless both share a map. */
function componentMaps(data: FitData, fit: CheckedFit): readonly (readonly [FallbackName, SideMaps])[] {
  const { adapt, dims, documentDims, sizes } = fit.shape;
  const [size = 0] = sizes;
  const { queries, documents, relevance, parts } = data;
  const stored = gatherRows(documents, relevantDocuments(relevance, parts.train));
  const found: (readonly [FallbackName, SideMaps])[] = [];
  if (dims === documentDims) {
    const both = new Float32Array(stored.length + parts.train.length * dims);
    both.set(stored);
    both.set(gatherRows(queries, parts.train), stored.length);
    const map = principalMap(both, dims, size, fit.seed);
    found.push(['pca', { query: map, document: map }]);
    if (adapt === 'shared' || stored.length / dims < size) return found;
  }
  const document = principalMap(stored, documentDims, size, fit.seed);
  const query = product(document, procrustes(trainingPairs(data), fit), fit);
  return [...found, ['aligned', { query, document }]];
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
function withMatrices(heads: Heads, { query, document }: SideMaps): Heads {
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
