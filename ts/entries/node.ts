import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { type CoreModules, type ModuleName, provideCore, supportsRelaxedSimd } from '../wasm/core.js';
import { calibrateTurbo, type Turbo } from '../wasm/turbo.js';

export { openPairs } from '../data/open-pairs.js';
export type { Turbo } from '../wasm/turbo.js';
export * from './public.js';

const read = (name: ModuleName): Uint8Array<ArrayBuffer> =>
  readFileSync(new URL(`../wasm/build/kantorovich.${name}.wasm`, import.meta.url));

// Read and compiled at the first call, synchronously: a few milliseconds.
const modules: CoreModules = {
  simd128: () => new WebAssembly.Module(read('simd128')),
  relaxed: () => new WebAssembly.Module(read('relaxed')),
  evaluation: () => new WebAssembly.Module(read('evaluation')),
  turbo: () => new WebAssembly.Module(distinct(read('relaxed'))),
};
provideCore(modules);

/**
 * Experimental: has V8 join 128-bit lanes into 256 (`--experimental-wasm-revectorize`, Node 24 and newer), times what
 * that gives, and uses it in this thread from now on if it is faster. Results differ from those of the plain build by
 * rounding only; with `deterministic` they are the same bits. Call it before anything else: objects that are alive stay
 * as they are, and the flag holds for all WebAssembly that this process compiles later.
 */
export function enableTurbo(): Turbo {
  // Older engines do not know the flag, and complain on stderr.
  if (supportsRelaxedSimd()) setFlagsFromString('--experimental-wasm-revectorize');
  return calibrateTurbo();
}

/** The same module in other bytes: V8 keeps the code of bytes that it has seen, compiled without the flag. */
function distinct(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const [custom, length, nameLength, name] = [0x00, 0x02, 0x01, 0x74];
  return Uint8Array.from([...bytes, custom, length, nameLength, name]);
}
