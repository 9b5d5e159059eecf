import { readFileSync } from 'node:fs';
import { type CoreModules, type ModuleName, provideCore } from '../wasm/core.js';

/** A built module's bytes. */
export function readModule(name: ModuleName): Uint8Array<ArrayBuffer> {
  return readFileSync(new URL(`../wasm/build/kantorovich.${name}.wasm`, import.meta.url));
}

/** Read and compiled at the first call, synchronously: a few milliseconds. */
export const nodeModules: CoreModules = {
  simd128: () => new WebAssembly.Module(readModule('simd128')),
  relaxed: () => new WebAssembly.Module(readModule('relaxed')),
  evaluation: () => new WebAssembly.Module(readModule('evaluation')),
  transport: () => new WebAssembly.Module(readModule('transport')),
  tensors: () => new WebAssembly.Module(readModule('tensors')),
  'tensors-relaxed': () => new WebAssembly.Module(readModule('tensors-relaxed')),
};

provideCore(nodeModules);
