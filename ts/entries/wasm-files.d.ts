/** The built modules beside the sources, as workerd imports them. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  // biome-ignore lint/style/noDefaultExport: that is where such an import puts it.
  export default module;
}
