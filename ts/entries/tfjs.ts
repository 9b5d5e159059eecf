/** TensorFlow.js with this core. Outside Node, `load({ tfjs: true })` of `kantorovich` loads what it computes with. */
export { type RegisterKernelsOptions, registerKernels } from '../tfjs/kernels/register-kernels.js';
export {
  type ContrastiveLoss,
  type ContrastiveLossOptions,
  contrastiveLoss,
} from '../tfjs/loss/contrastive-loss.js';
export type { LossAndGrads } from '../tfjs/loss/downloaded.js';
