/** Retrieval with frozen embeddings. Outside Node, `load()` of any other entry loads the core for this one too. */
export type { VectorId } from '../adapters/ids.js';
export { type Qrels, type QrelsLike, type RelevantPair, toQrels } from '../adapters/qrels.js';
export type { FileVectors } from '../adapters/vector-bytes.js';
export type { Vectors } from '../adapters/vector-checks.js';
export { type FlatVectors, toVectors, type VectorsLike } from '../adapters/vectors.js';
