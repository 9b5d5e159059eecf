import { openRemote, type Remote } from './process/remote.js';

/** Every engine, ours first: a file each in `engines/`, PyTorch in `peers/pytorch.py`. */
export const engineNames = ['kantorovich', 'plain-js', 'tfjs-cpu', 'tfjs-wasm', 'jax-js', 'pytorch'] as const;

/** One of {@link engineNames}. */
export type EngineName = (typeof engineNames)[number];

/** Those of the named engines that are installed, in the roster's order, each in its own process. */
export async function openEngines(names: readonly EngineName[]): Promise<readonly Remote[]> {
  const opened = await Promise.all(engineNames.filter((name) => names.includes(name)).map(openRemote));
  return opened.filter((engine) => engine !== null);
}
