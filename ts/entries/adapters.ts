/** Retrieval with frozen embeddings. Outside Node, `load()` of any other entry loads the core for this one too. */
export {
  evaluateRetrieval,
  type QueryMetrics,
  type RetrievalCounts,
  type RetrievalEvaluation,
  type RetrievalOptions,
} from '../adapters/evaluate-retrieval.js';
export type { VectorId } from '../adapters/ids.js';
export type { MetricKind, MetricName } from '../adapters/metrics.js';
export type { Quantization, RetrievalMetric } from '../adapters/prepare.js';
export { type Qrels, type QrelsLike, type RelevantPair, toQrels } from '../adapters/qrels.js';
export type { FileVectors } from '../adapters/vector-bytes.js';
export type { Vectors } from '../adapters/vector-checks.js';
export { type FlatVectors, toVectors, type VectorsLike } from '../adapters/vectors.js';
