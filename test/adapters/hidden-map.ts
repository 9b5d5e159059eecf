import type { FlatVectors } from '../../ts/adapters/inputs/vectors.js';
import { seededRandom } from '../support/random.js';

/** Queries that are their documents seen through a fixed linear map, with noise. */
export interface HiddenMap {
  readonly queries: FlatVectors;
  readonly documents: FlatVectors;
}

/** `pairs` of them, row i with row i: half the document, half its image under a random matrix, and noise. */
export function hiddenMap(pairs: number, dims: number, noise: number, seed: number): HiddenMap {
  const random = seededRandom(seed);
  const normals = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  const [map, documents] = [normals(dims * dims), normals(pairs * dims)];
  const queries = documents.map((value, at) => {
    const [row, k] = [Math.floor(at / dims), at % dims];
    let image = 0;
    for (let j = 0; j < dims; j++) image += map[k * dims + j] * documents[row * dims + j];
    return 0.5 * value + image / Math.sqrt(dims) + noise * random.normal();
  });
  return { queries: { data: queries, dims }, documents: { data: documents, dims } };
}

/** The same vectors, the documents in an order that has nothing to do with the queries. */
export function shuffled({ queries, documents }: HiddenMap, seed: number): HiddenMap {
  const random = seededRandom(seed);
  const { data, dims } = documents;
  const order = Array.from({ length: data.length / dims }, (_, i) => i);
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  const mixed = new Float32Array(data.length);
  order.forEach((from, to) => {
    mixed.set(data.subarray(from * dims, (from + 1) * dims) as Float32Array, to * dims);
  });
  return { queries, documents: { data: mixed, dims } };
}
