/** TensorFlow.js with this core. Outside Node, `load({ tfjs: true })` of `kantorovich` loads what it computes with. */

export { type ExportLayersOptions, layersToONNX, layersToSafetensors } from '../tfjs/exchange/export-layers.js';
export {
  type FromLayersModelOptions,
  fitOptionsFrom,
  fromLayersModel,
  type LayersModels,
} from '../tfjs/exchange/from-layers-model.js';
export { GroupSort, type GroupSortArgs, groupSort, maxMin } from '../tfjs/exchange/group-sort.js';
export { layersFromRows } from '../tfjs/exchange/layers-from-rows.js';
export { Standardise } from '../tfjs/exchange/standardise-layer.js';
export { toLayersModel } from '../tfjs/exchange/to-layers-model.js';
export { type RegisterKernelsOptions, registerKernels } from '../tfjs/kernels/register-kernels.js';
export {
  type ConstrainedLayer,
  type Constraint,
  LipschitzConstraint,
  type LipschitzConstraintConfig,
  orthonormalConstraint,
  spectralConstraint,
  weightBallConstraint,
} from '../tfjs/lipschitz/constraints.js';
export {
  type GradientPenaltySpec,
  gradientPenaltyTerm,
  type PenalisedCritic,
  type PenalisedEncoder,
  type PenaltyBatch,
} from '../tfjs/lipschitz/gradient-penalty.js';
export { applyConstraints, type ConstraintCallbacks, keepConstraints } from '../tfjs/lipschitz/keep-constraints.js';
export { type KernelGeometry, patchOverlap } from '../tfjs/lipschitz/kernel-geometry.js';
export { drawPenaltyPoints, type PenaltyPoint } from '../tfjs/lipschitz/penalty-points.js';
export { type KernelProjection, projectKernel } from '../tfjs/lipschitz/project-kernel.js';
export {
  type ContrastiveLoss,
  type ContrastiveLossOptions,
  contrastiveLoss,
} from '../tfjs/loss/contrastive-loss.js';
export type { LossAndGrads } from '../tfjs/loss/downloaded.js';
export type { Encoder, Encoders, FunctionEncoder } from '../tfjs/training/encoder.js';
export { fit, type TfjsFitResult } from '../tfjs/training/fit.js';
export type { TfjsFitOptions } from '../tfjs/training/fit-options.js';
export { type LoadModelOptions, loadModel } from '../tfjs/training/load-model.js';
export type { TfjsModel } from '../tfjs/training/model.js';
