import { openFiles } from '../data/open-files.js';
import { provideFiles } from '../data/open-pairs.js';
import './node-core.js';
import { calibrateTurbo, type Turbo } from '../wasm/turbo.js';

export type { Turbo } from '../wasm/turbo.js';
export { type LoadOptions, load } from './load.js';
export * from './public.js';

provideFiles(openFiles);

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
