import type { ModuleName } from '../wasm/core.js';

/** The builds with fused multiply-add travel as files alone: half a bundle would lie idle. */
export type EmbeddedName = Exclude<ModuleName, 'relaxed' | 'tensors-relaxed'>;

const sources: Readonly<Record<EmbeddedName, () => Promise<{ readonly compressed: string }>>> = {
  simd128: () => import('../wasm/embedded/simd128.js'),
  evaluation: () => import('../wasm/embedded/evaluation.js'),
  transport: () => import('../wasm/embedded/transport.js'),
  tensors: () => import('../wasm/embedded/tensors.js'),
};

/** Compiles a module that travelled as JavaScript. */
export async function compileEmbedded(name: EmbeddedName): Promise<WebAssembly.Module> {
  const { compressed } = await sources[name]();
  const bytes = Uint8Array.from(atob(compressed), (digit) => digit.charCodeAt(0));
  const whole = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return WebAssembly.compile(await new Response(whole).arrayBuffer());
}
