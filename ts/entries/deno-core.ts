import { type ModuleName, provideCore } from '../wasm/core.js';

/** Node's modules take Deno some 20 milliseconds to make; its own way to read takes none. */
declare const Deno: { readFileSync(path: URL): Uint8Array<ArrayBuffer> };

const compiled = (name: ModuleName) => (): WebAssembly.Module =>
  new WebAssembly.Module(Deno.readFileSync(new URL(`../wasm/build/kantorovich.${name}.wasm`, import.meta.url)));

// Read and compiled at the first call, synchronously: a few milliseconds.
provideCore({
  simd128: compiled('simd128'),
  relaxed: compiled('relaxed'),
  evaluation: compiled('evaluation'),
  transport: compiled('transport'),
  tensors: compiled('tensors'),
  'tensors-relaxed': compiled('tensors-relaxed'),
});
