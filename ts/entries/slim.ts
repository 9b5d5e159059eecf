import { provideCore } from '../wasm/core.js';

export * from './public.js';

/**
 * Hands over modules that the caller compiled (from the exported .wasm files), each of which but the first may be left
 * out: `relaxed` and `relaxedTensors` (kantorovich.tensors-relaxed.wasm) where the baseline will do, or the runtime has no
 * fused multiply-add and cannot compile them; `evaluation` where nothing is probed or looked up; `transport` where no
 * distances are asked for; `tensors` and `relaxedTensors` where TensorFlow.js gets no kernels. `deterministic` computes
 * with `simd128` and `tensors`, so that no relaxed file may stand in their place. The compact file, which has all that an
 * adapter and a probe need, may stand both as `simd128` and as `evaluation`.
 */
export function load(
  simd128: WebAssembly.Module,
  relaxed?: WebAssembly.Module,
  evaluation?: WebAssembly.Module,
  transport?: WebAssembly.Module,
  tensors?: WebAssembly.Module,
  relaxedTensors?: WebAssembly.Module,
): void {
  provideCore({
    simd128: () => simd128,
    ...(relaxed !== undefined && { relaxed: () => relaxed }),
    ...(evaluation !== undefined && { evaluation: () => evaluation }),
    ...(transport !== undefined && { transport: () => transport }),
    ...(tensors !== undefined && { tensors: () => tensors }),
    ...(relaxedTensors !== undefined && { 'tensors-relaxed': () => relaxedTensors }),
  });
}
