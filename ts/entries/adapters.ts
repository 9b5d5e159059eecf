/** Retrieval with frozen embeddings. Outside Node, `load()` of any other entry loads the core for this one too. */
export type {
  Adapter,
  AdapterFileOptions,
  AdapterJson,
  AdapterTensorJson,
  MapOptions,
} from '../adapters/adapter.js';
export type { AdapterMetadata } from '../adapters/adapter-metadata.js';
export {
  type AdapterReport,
  formatReport,
  type MetricRow,
  type RankChanges,
  type SizeReport,
} from '../adapters/adapter-report.js';
export type { CalibrationReport } from '../adapters/calibrate.js';
export type { Calibration, ThresholdOptions } from '../adapters/calibration.js';
export type { EmbeddingsAnswer, EmbeddingsByType, Packing } from '../adapters/embedding-rows.js';
export {
  evaluateRetrieval,
  type QueryMetrics,
  type RetrievalCounts,
  type RetrievalEvaluation,
  type RetrievalOptions,
} from '../adapters/evaluate-retrieval.js';
export { type FitAdapterResult, fitAdapter } from '../adapters/fit-adapter.js';
export type { FitAdapterOptions } from '../adapters/fit-adapter-options.js';
export { type FitMigrationOptions, fitMigration } from '../adapters/fit-migration.js';
export type { HeadName } from '../adapters/head-kinds.js';
export type { Adapt, HeadsShape } from '../adapters/heads.js';
export type { ReportedMetric } from '../adapters/held-out.js';
export type { VectorId } from '../adapters/ids.js';
export { type LoadAdapterOptions, loadAdapter } from '../adapters/load-adapter.js';
export type { MetricKind, MetricName } from '../adapters/metrics.js';
export type { CheckedNegatives, MinedNegatives, Negatives } from '../adapters/negatives.js';
export type { PairedBootstrap } from '../adapters/paired-bootstrap.js';
export type { Quantization, RetrievalMetric } from '../adapters/prepare.js';
export { type Qrels, type QrelsLike, type RelevantPair, toQrels } from '../adapters/qrels.js';
export type { SplitOptions } from '../adapters/query-split.js';
export type { QaDataset, RelevantDocs, RelevantIds } from '../adapters/relevant-docs.js';
export type { AtThreshold } from '../adapters/scored-pairs.js';
export type { FallbackName } from '../adapters/start-heads.js';
export type { Weights } from '../adapters/stored-weights.js';
export type { AdapterEpoch } from '../adapters/train-heads.js';
export type { FileVectors } from '../adapters/vector-bytes.js';
export type { Vectors } from '../adapters/vector-checks.js';
export { type FlatVectors, toVectors, type VectorsLike } from '../adapters/vectors.js';
export type { Verdict } from '../adapters/verdict.js';
