/** What every entry offers. */
export { bilinear } from '../critics/bilinear.js';
export { cosine } from '../critics/cosine.js';
export type { Critic, CriticLayer, CriticName, CriticNetwork, CriticOptions } from '../critics/critic.js';
export { distance } from '../critics/distance.js';
export { type JointOptions, joint } from '../critics/joint.js';
export { separable } from '../critics/separable.js';
export { squaredDistance } from '../critics/squared-distance.js';
export { arrayPairs } from '../data/array-pairs.js';
export type { DrawingBytes } from '../data/drawings.js';
export { fixedPairs } from '../data/fixed-pairs.js';
export { iterablePairs } from '../data/iterable-pairs.js';
export { readNpyMatrix, writeNpy } from '../data/npy.js';
export { type OpenedPairs, openPairs } from '../data/open-pairs.js';
export type { Batch, BatchCursor, BatchOptions, PairSource, PairSplits } from '../data/pair-source.js';
export type { PairSpec } from '../data/pair-spec.js';
export type { Pairs } from '../data/pairs.js';
export { parsePairSpec } from '../data/parse-pair-spec.js';
export { readSafetensors, type Safetensors, type Tensor, writeSafetensors } from '../data/safetensors.js';
export { type ViewOptions, viewPairs } from '../data/view-pairs.js';
export {
  type Activation,
  type EncoderLayers,
  type EncoderPreset,
  encoderPresets,
  type Initialisation,
  parseEncoder,
} from '../encoders/encoder.js';
export type { ImageShape } from '../encoders/image-shape.js';
export { type KnnAccuracy, knnAccuracy } from '../evaluation/knn-accuracy.js';
export type { LabelledFeatures } from '../evaluation/labelled-features.js';
export {
  type LinearProbe,
  linearProbe,
  type ProbeCandidate,
  type ProbeItems,
  type ProbeOptions,
} from '../evaluation/linear-probe.js';
export { type Neighbours, nearestNeighbours } from '../evaluation/nearest-neighbours.js';
export type { NeighbourMetric, NeighbourOptions } from '../evaluation/neighbour-search.js';
export {
  type PrincipalComponents,
  type PrincipalOptions,
  principalComponents,
} from '../evaluation/principal-components.js';
export {
  type BallName,
  type GradientPenaltyOptions,
  gradientPenalty,
  type LagrangianOptions,
  type Lipschitz,
  type LipschitzName,
  type LipschitzOf,
  lagrangian,
  orthonormal,
  spectral,
  unconstrained,
  type WeightBallOptions,
  weightBall,
} from '../lipschitz/lipschitz.js';
export { type MatrixNorms, matrixNorms, type SpectralNorm } from '../lipschitz/matrix-norms.js';
export {
  type BallOptions,
  type IteratedProjection,
  type OrthonormaliseOptions,
  orthonormalise,
  projectBox,
  projectFrobenius,
  projectL1,
  projectLInfinity,
  projectSpectralBall,
  type ScalingOptions,
  scaleToSpectralNorm,
} from '../lipschitz/projections.js';
export { donskerVaradhan } from '../objectives/donsker-varadhan.js';
export type { CriticGradient, LossResult } from '../objectives/evaluate-loss.js';
export { flo } from '../objectives/flo.js';
export { infoNCE, infoNCESymmetric } from '../objectives/info-nce.js';
export { jsd } from '../objectives/jsd.js';
export {
  type Gradients,
  type LossOptions,
  type LossPlan,
  type LossPlanOptions,
  lossPlan,
} from '../objectives/loss-plan.js';
export { nwj } from '../objectives/nwj.js';
export type { Objective, ObjectiveName, RpcParameters, SmileParameters } from '../objectives/objective.js';
export type { CompressedPositives, Positives } from '../objectives/positives.js';
export { type RpcOptions, rpc } from '../objectives/rpc.js';
export { type SmileOptions, smile } from '../objectives/smile.js';
export { wdm, wdmAll } from '../objectives/wdm.js';
export { wpc, wpcSymmetric } from '../objectives/wpc.js';
export { encoderToONNX } from '../training/export-encoder.js';
export { type FitResult, fit } from '../training/fit.js';
export type { CheckpointOptions, EarlyStoppingOptions, FitOptions, OptimiserOptions } from '../training/fit-options.js';
export type { HeldOutEntry, HistoryEntry } from '../training/history.js';
export { type Certificate, type CertifyOptions, loadModel, type Model, type TopK } from '../training/model.js';
export type { W1Bound } from '../training/w1-bound.js';
export {
  type DependencyW1,
  type DependencyW1Options,
  dependencyW1,
  type PairMetric,
} from '../transport/dependency-w1.js';
export type { PointsLike } from '../transport/points.js';
export {
  type SinkhornDivergence,
  type SinkhornOptions,
  type SinkhornTransport,
  sinkhorn,
  sinkhornDivergence,
  type TransportCost,
} from '../transport/sinkhorn.js';
export {
  type PointMetric,
  type Wasserstein1,
  type Wasserstein1Options,
  wasserstein1,
} from '../transport/wasserstein1.js';
export type { CoreOptions } from '../wasm/core.js';
export {
  AbortError,
  CheckpointError,
  DataError,
  GradientError,
  InternalError,
  KantorovichError,
  OptionsError,
  ShapeError,
  StateError,
  WorkerError,
} from '../wasm/errors.js';
export { type Matrix, type MatrixLike, matrix } from '../wasm/matrix.js';
export { type Random, random } from '../wasm/random.js';
