/** TensorFlow.js with this core. Outside Node, `load({ tfjs: true })` of `kantorovich` loads what it computes with. */
export { type RegisterKernelsOptions, registerKernels } from '../tfjs/kernels/register-kernels.js';
