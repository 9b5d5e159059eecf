import { batchMatMul, fusedMatMul } from './mat-mul.js';
import type { Kernel } from './wasm-backend.js';

/** Every kernel that is registered. */
export const KERNELS: readonly Kernel[] = [batchMatMul, fusedMatMul];
