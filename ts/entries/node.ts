import { readFileSync } from 'node:fs';
import { type CoreModules, provideCore } from '../wasm/core.js';

export { openPairs } from '../data/open-pairs.js';
export * from './public.js';

const compile = (name: keyof CoreModules): WebAssembly.Module =>
  new WebAssembly.Module(readFileSync(new URL(`../wasm/build/kantorovich.${name}.wasm`, import.meta.url)));

// Read and compiled at the first call, synchronously: a few milliseconds.
provideCore({
  simd128: () => compile('simd128'),
  relaxed: () => compile('relaxed'),
  evaluation: () => compile('evaluation'),
});
