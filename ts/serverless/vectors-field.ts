import type { VectorId } from '../adapters/inputs/ids.js';
import { type FileArray, vectorsFromArray } from '../adapters/inputs/vector-bytes.js';
import type { Vectors } from '../adapters/inputs/vector-checks.js';
import { toVectors, type VectorsLike } from '../adapters/inputs/vectors.js';
import { describeJson } from '../data/json-row.js';
import { OptionsError } from '../wasm/errors.js';
import { type Limits, requireAtMost } from './limits.js';
import { type Fields, isArray } from './posted.js';
import { requireRowsWithin } from './rows-limit.js';

/**
 * A field's embeddings in any of the forms that toVectors takes, with the ids in the field `ids` where they have none.
 *
 * @throws what {@link toVectors} throws, and {RequestError} 413 on more rows or numbers than the limits allow
 */
export function vectorsField(fields: Fields, name: string, limits: Limits, ids?: string): Vectors {
  const value = fields[name];
  const packed = fields.packed === true && isArray(value) && isUnsigned(value);
  requireRowsWithin(value, name, limits, packed);
  const vectors = isArray(value) ? vectorsFromArray(value, { packed }, name) : toVectors(value as VectorsLike, name);
  // Of text, it is known only now.
  requireAtMost(vectors.rows, limits.rows, `rows of ${name}`);
  requireAtMost(vectors.cols, limits.dims, `numbers in a row of ${name}`);
  if (ids === undefined || fields[ids] === undefined) return vectors;
  if (!Array.isArray(fields[ids])) throw new OptionsError(`${ids} must be an array, got ${describeJson(fields[ids])}`);
  if (vectors.ids !== null) throw new OptionsError(`${name} have ids of their own: give no ${ids}`);
  return toVectors({ ...vectors, ids: fields[ids] as readonly VectorId[] }, name);
}

function isUnsigned({ dtype }: FileArray): boolean {
  return dtype === 'U8' || dtype === 'u1';
}
