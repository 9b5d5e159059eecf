import { setFlagsFromString } from 'node:v8';
import { openFiles } from '../data/open-files.js';
import { provideFiles } from '../data/open-pairs.js';
import { provideCore } from '../wasm/core.js';
import { calibrateTurbo, type Turbo } from '../wasm/turbo.js';
import { nodeModules, readModule } from './node-core.js';

export type { Turbo } from '../wasm/turbo.js';
export { type LoadOptions, load } from './load.js';
export * from './public.js';

provideFiles(openFiles);
// Node's V8 has the revectoriser on x64 only, and not on macOS; elsewhere it complains of the flag.
if (process.arch === 'x64' && process.platform !== 'darwin') {
  provideCore({ ...nodeModules, turbo: { joinLanes, module: unseen } });
}

/**
 * Experimental: has V8 join 128-bit lanes into 256 (`--experimental-wasm-revectorize`, Node 24 and newer), times what
 * that gives products, and uses it in this thread from now on if it is faster. Call it before anything else: objects that
 * are alive stay as they are.
 *
 * Results differ from those of the plain build by rounding only; with `deterministic` they are the same bits. The flag
 * holds for all WebAssembly that this process optimises later, in every thread, and code that is not made for it slows
 * down: the deterministic build by about a third, the distance critics by a seventh (Zen 1).
 */
export function enableTurbo(): Turbo {
  return calibrateTurbo();
}

function joinLanes(join: boolean): void {
  setFlagsFromString(join ? '--experimental-wasm-revectorize' : '--no-experimental-wasm-revectorize');
}

/** The relaxed build in other bytes: V8 keeps the code of bytes that it has seen, compiled without the flag. */
function unseen(): WebAssembly.Module {
  const [custom, length, nameLength, name] = [0x00, 0x02, 0x01, 0x74];
  return new WebAssembly.Module(Uint8Array.from([...readModule('relaxed'), custom, length, nameLength, name]));
}
