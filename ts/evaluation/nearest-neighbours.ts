import { coreNeighbours } from '../wasm/evaluation-calls.js';
import { type MatrixLike, toMatrix } from '../wasm/matrix.js';
import { checkEnough, checkedSearch, type NeighbourOptions } from './neighbour-search.js';

/** The nearest references of each query, the nearest first. */
export interface Neighbours {
  /** Queries x k, row-major: rows of the references, -1 in a place that none could take. */
  readonly indices: Int32Array;
  /** Queries x k: inner products, cosines from -1 to 1, or Euclidean distances; 0 where the index is -1. */
  readonly values: Float32Array;
  readonly k: number;
}

/**
 * The k references nearest to each query, exactly, by comparing all of them.
 *
 * Where two references are equally near, their values being the same float32, the lower index comes first. A zero
 * vector has no cosine with anything and is never a neighbour by it; where fewer than k references remain, the places
 * left over hold index -1. Distances come from differences, so that rows far from the origin lose nothing.
 *
 * @param queries n x d
 * @param references m x d
 * @throws {ShapeError} where the rows differ in length
 * @throws {DataError} on numbers that are not finite
 * @throws {OptionsError} on a k that the references do not allow, an unknown metric, or excludeSelf between different
 *   numbers of rows
 */
export function nearestNeighbours(queries: MatrixLike, references: MatrixLike, options: NeighbourOptions): Neighbours {
  const search = checkedSearch(options);
  const [from, among] = [toMatrix(queries, 'queries'), toMatrix(references, 'references')];
  checkEnough(search, among.rows);
  const { indices, values } = coreNeighbours(from, among, search);
  // 2^32 - 1, which stands for none, is -1 as an Int32.
  return { indices: new Int32Array(indices.buffer), values, k: search.k };
}
