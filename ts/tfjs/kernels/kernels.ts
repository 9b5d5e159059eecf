import { conv2D, conv2DBackpropFilter, conv2DBackpropInput, fusedConv2D } from './conv2d.js';
import { conv3dBackpropFilter, conv3dBackpropInput } from './conv3d-gradients.js';
import { depthwiseConv2d, fusedDepthwiseConv2d } from './depthwise-conv2d.js';
import { depthwiseConv2dNativeBackpropFilter, depthwiseConv2dNativeBackpropInput } from './depthwise-gradients.js';
import { batchMatMul, fusedMatMul } from './mat-mul.js';
import { maxPool3d, maxPool3dGrad, maxPoolGrad } from './max-pool.js';
import { prelu } from './prelu.js';
import { sum } from './sum.js';
import { unsortedSegmentSum } from './unsorted-segment-sum.js';
import type { Kernel } from './wasm-backend.js';

/** Every kernel that is registered. */
export const KERNELS: readonly Kernel[] = [
  batchMatMul,
  fusedMatMul,
  conv2D,
  fusedConv2D,
  conv2DBackpropInput,
  conv2DBackpropFilter,
  depthwiseConv2d,
  fusedDepthwiseConv2d,
  depthwiseConv2dNativeBackpropInput,
  depthwiseConv2dNativeBackpropFilter,
  prelu,
  sum,
  conv3dBackpropFilter,
  conv3dBackpropInput,
  maxPool3d,
  maxPool3dGrad,
  maxPoolGrad,
  unsortedSegmentSum,
];
