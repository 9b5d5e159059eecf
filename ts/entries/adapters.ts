/** Retrieval with frozen embeddings. Outside Node, `load()` of any other entry loads the core for this one too. */
export type {
  Adapter,
  AdapterFileOptions,
  AdapterJson,
  AdapterTensorJson,
  MapOptions,
} from '../adapters/adapter.js';
export type { Calibration, ThresholdOptions } from '../adapters/calibration/calibration.js';
export type { AtThreshold } from '../adapters/calibration/scored-pairs.js';
export type { AdapterMetadata } from '../adapters/files/adapter-metadata.js';
export type { Weights } from '../adapters/files/stored-weights.js';
export { type FitAdapterResult, fitAdapter } from '../adapters/fit-adapter.js';
export { type FitMigrationOptions, fitMigration } from '../adapters/fit-migration.js';
export type { HeadName } from '../adapters/heads/head-kinds.js';
export type { Adapt, HeadsShape } from '../adapters/heads/heads.js';
export type { EmbeddingsAnswer, EmbeddingsByType, Packing } from '../adapters/inputs/embedding-rows.js';
export type { VectorId } from '../adapters/inputs/ids.js';
export { type Qrels, type QrelsLike, type RelevantPair, toQrels } from '../adapters/inputs/qrels.js';
export type { QaDataset, RelevantDocs, RelevantIds } from '../adapters/inputs/relevant-docs.js';
export type { FileVectors } from '../adapters/inputs/vector-bytes.js';
export type { Vectors } from '../adapters/inputs/vector-checks.js';
export { type FlatVectors, toVectors, type VectorItem, type VectorsLike } from '../adapters/inputs/vectors.js';
export {
  type AdapterReport,
  formatReport,
  type MetricRow,
  type RankChanges,
  type SizeReport,
} from '../adapters/judgement/adapter-report.js';
export type { CalibrationReport } from '../adapters/judgement/calibrate.js';
export type { Verdict } from '../adapters/judgement/verdict.js';
export { type LoadAdapterOptions, loadAdapter } from '../adapters/load-adapter.js';
export {
  evaluateRetrieval,
  type QueryMetrics,
  type RetrievalCounts,
  type RetrievalEvaluation,
  type RetrievalOptions,
} from '../adapters/retrieval/evaluate-retrieval.js';
export type { MetricKind, MetricName } from '../adapters/retrieval/metrics.js';
export type { Quantization, RetrievalMetric } from '../adapters/retrieval/prepare.js';
export type { PairedBootstrap } from '../adapters/statistics/paired-bootstrap.js';
export type { FitAdapterOptions } from '../adapters/training/fit-adapter-options.js';
export type { ReportedMetric } from '../adapters/training/held-out.js';
export type { CheckedNegatives, MinedNegatives, Negatives } from '../adapters/training/negatives.js';
export type { SplitOptions } from '../adapters/training/query-split.js';
export type { FallbackName } from '../adapters/training/start-heads.js';
export type { AdapterEpoch } from '../adapters/training/train-heads.js';
