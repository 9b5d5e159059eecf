import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { type CoreModules, type ModuleName, provideCore } from '../wasm/core.js';

const read = (name: ModuleName): Uint8Array<ArrayBuffer> =>
  readFileSync(new URL(`../wasm/build/kantorovich.${name}.wasm`, import.meta.url));

// Read and compiled at the first call, synchronously: a few milliseconds.
const modules: CoreModules = {
  simd128: () => new WebAssembly.Module(read('simd128')),
  relaxed: () => new WebAssembly.Module(read('relaxed')),
  evaluation: () => new WebAssembly.Module(read('evaluation')),
  transport: () => new WebAssembly.Module(read('transport')),
  // Node's V8 has the revectoriser on x64 only, and not on macOS; elsewhere it complains of the flag.
  ...(process.arch === 'x64' && process.platform !== 'darwin' && { turbo: { joinLanes, module: unseen } }),
};

provideCore(modules);

function joinLanes(join: boolean): void {
  setFlagsFromString(join ? '--experimental-wasm-revectorize' : '--no-experimental-wasm-revectorize');
}

/** The relaxed build in other bytes: V8 keeps the code of bytes that it has seen, compiled without the flag. */
function unseen(): WebAssembly.Module {
  const [custom, length, nameLength, name] = [0x00, 0x02, 0x01, 0x74];
  return new WebAssembly.Module(Uint8Array.from([...read('relaxed'), custom, length, nameLength, name]));
}
