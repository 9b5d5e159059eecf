import { provideCore } from '../wasm/core.js';

export * from './public.js';

/** Hands over modules that the caller compiled (from the exported .wasm files); `relaxed` may be left out. */
export function load(simd128: WebAssembly.Module, relaxed?: WebAssembly.Module): void {
  provideCore(relaxed === undefined ? { simd128: () => simd128 } : { simd128: () => simd128, relaxed: () => relaxed });
}
