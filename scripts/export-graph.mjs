// usage: export-graph.mjs MODULE.wasm EXPORT...
// Prints what wasm-metadce reads: every export of the module is wanted but those named, which must be there.
import { readFileSync } from 'node:fs';

const [path, ...unwanted] = process.argv.slice(2);
const names = WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(path))).map(({ name }) => name);
const missing = unwanted.filter((name) => !names.includes(name));
if (missing.length > 0) {
  console.error(`build: ${path} has no export ${missing.join(', ')} to leave out`);
  process.exit(1);
}
const wanted = names.filter((name) => !unwanted.includes(name));
console.log(JSON.stringify(wanted.map((name) => ({ name, root: true, export: name }))));
