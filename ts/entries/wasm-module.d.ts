/** What importing one of the exported .wasm files gives where a runtime or bundler compiles it: workerd, above all. */
declare const module: WebAssembly.Module;
// biome-ignore lint/style/noDefaultExport: that is where such an import puts it.
export default module;
