import type { Tensor } from '../../ts/data/safetensors.js';
import { drawnAdapter } from '../adapters/drawn-adapter.js';
import { twoSpaces } from '../adapters/two-spaces.js';
import { normalRows, seededRandom } from '../support/random.js';
import { X_DIMS } from './trained.js';

/** A request that a route answers, as JSON and as tensors. */
export interface GoodRequest {
  readonly route: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Which of the tensors may stand alone as .npy. */
  readonly array: string | null;
}

const random = seededRandom(12);
const rows = (n: number, d: number) => normalRows(random, n, d);
const { queries, documents } = twoSpaces(9);
const own = { queries: queries.slice(0, 60), documents: documents.slice(0, 60) };
const pairs = own.queries.map((_, i) => [i, i]);
const labels = Array.from({ length: 20 }, (_, i) => i % 3);

/** The adapter that requests name `faq`. */
export const faq = drawnAdapter(4, 'query', null, 1);

/** One of each route. */
export const goodRequests: readonly GoodRequest[] = [
  request('embed', { x: rows(3, X_DIMS) }, 'x'),
  request('score', { x: rows(3, X_DIMS), y: rows(3, X_DIMS) }, null),
  request('fit', { ...own, qrels: pairs, maxEpochs: 1 }, null),
  request('apply', { queries: rows(3, 4), adapter: 'faq' }, 'queries'),
  request('evaluate', { queries: rows(5, 3), documents: rows(5, 3), qrels: pairs.slice(0, 5) }, null),
  request('probe', { features: rows(20, 3), labels }, null),
];

function request(route: string, fields: GoodRequest['fields'], array: string | null): GoodRequest {
  const tensors = Object.entries(fields).flatMap(([name, value]) =>
    Array.isArray(value) ? [[name, tensorOf(name, value)] as const] : [],
  );
  return { route, fields, tensors: new Map(tensors), array };
}

function tensorOf(name: string, value: readonly unknown[]): Tensor {
  const shape = Array.isArray(value[0]) ? [value.length, value[0].length] : [value.length];
  const numbers = value.flat() as number[];
  return name === 'qrels' || name === 'labels'
    ? { dtype: 'I32', shape, data: Int32Array.from(numbers) }
    : { dtype: 'F32', shape, data: Float32Array.from(numbers) };
}
