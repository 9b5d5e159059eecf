import { conv2D, conv2DBackpropFilter, conv2DBackpropInput, fusedConv2D } from './conv2d.js';
import { batchMatMul, fusedMatMul } from './mat-mul.js';
import type { Kernel } from './wasm-backend.js';

/** Every kernel that is registered. */
export const KERNELS: readonly Kernel[] = [
  batchMatMul,
  fusedMatMul,
  conv2D,
  fusedConv2D,
  conv2DBackpropInput,
  conv2DBackpropFilter,
];
