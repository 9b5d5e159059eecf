import { provideCore } from '../wasm/core.js';

export * from './public.js';

/**
 * Hands over modules that the caller compiled (from the exported .wasm files); `relaxed` may be left out, `evaluation`
 * where nothing is probed or looked up, `transport` where no distances are asked for, and `tensors` (either of the two)
 * where TensorFlow.js gets no kernels. The compact file, which has all that an adapter and a probe need, may stand both
 * as `simd128` and as `evaluation`.
 */
export function load(
  simd128: WebAssembly.Module,
  relaxed?: WebAssembly.Module,
  evaluation?: WebAssembly.Module,
  transport?: WebAssembly.Module,
  tensors?: WebAssembly.Module,
): void {
  provideCore({
    simd128: () => simd128,
    ...(relaxed !== undefined && { relaxed: () => relaxed }),
    ...(evaluation !== undefined && { evaluation: () => evaluation }),
    ...(transport !== undefined && { transport: () => transport }),
    ...(tensors !== undefined && { tensors: () => tensors }),
  });
}
