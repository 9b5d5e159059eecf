/** The files that travel as JavaScript too. */
type EmbeddedFile = 'compact' | 'transport';

const sources: Readonly<Record<EmbeddedFile, () => Promise<{ readonly compressed: string }>>> = {
  compact: () => import('../wasm/embedded/compact.js'),
  transport: () => import('../wasm/embedded/transport.js'),
};

/** Compiles a module that travelled as JavaScript. */
export async function compileEmbedded(file: EmbeddedFile): Promise<WebAssembly.Module> {
  const { compressed } = await sources[file]();
  const bytes = Uint8Array.from(atob(compressed), (digit) => digit.charCodeAt(0));
  const whole = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return WebAssembly.compile(await new Response(whole).arrayBuffer());
}
