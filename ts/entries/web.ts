import { type ModuleName, provideCore, supportsRelaxedSimd } from '../wasm/core.js';
import { InternalError } from '../wasm/errors.js';

export * from './public.js';

const addresses: Readonly<Record<ModuleName, URL>> = {
  simd128: new URL('../wasm/build/kantorovich.simd128.wasm', import.meta.url),
  relaxed: new URL('../wasm/build/kantorovich.relaxed.wasm', import.meta.url),
  evaluation: new URL('../wasm/build/kantorovich.evaluation.wasm', import.meta.url),
};

/** What {@link load} loads beside the core. */
export interface LoadOptions {
  /** Also what linear probes, neighbours and principal components need. Default false. */
  readonly evaluation?: boolean;
}

/**
 * Fetches and compiles the core; await it once before anything else. Everything after it is synchronous.
 *
 * @throws {InternalError} naming the address and what was found there, where it is no .wasm file
 */
export async function load({ evaluation: isWanted = false }: LoadOptions = {}): Promise<void> {
  const [simd128, relaxed, evaluation] = await Promise.all([
    compile(addresses.simd128),
    supportsRelaxedSimd() ? compile(addresses.relaxed) : undefined,
    isWanted ? compile(addresses.evaluation) : undefined,
  ]);
  provideCore({
    simd128: () => simd128,
    ...(relaxed !== undefined && { relaxed: () => relaxed }),
    ...(evaluation !== undefined && { evaluation: () => evaluation }),
  });
}

async function compile(address: URL): Promise<WebAssembly.Module> {
  const response = await fetch(address);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const magic = [0x00, 0x61, 0x73, 0x6d];
  if (!response.ok || magic.some((byte, i) => bytes[i] !== byte)) {
    const found = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    throw new InternalError(
      `${address} answered ${response.status} with bytes ${found}, expected a .wasm file (00 61 73 6d)`,
    );
  }
  return WebAssembly.compile(bytes);
}
