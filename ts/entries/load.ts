import { checkOptions } from '../wasm/check-options.js';

/** What {@link load} loads beside the core. */
export interface LoadOptions {
  /** Also what linear probes, neighbours, principal components and distances of transport need. Default false. */
  readonly evaluation?: boolean;
  /** Also what `kantorovich/tfjs` computes with: kernels of the wasm backend, projections of weights. Default false. */
  readonly tfjs?: boolean;
}

/** @throws {OptionsError} on options that there are not */
export function checkLoadOptions(options: LoadOptions): void {
  checkOptions(options, { evaluation: true, tfjs: true }, 'load');
}

/** Nothing is left to load here: it is for programs that run in browsers too, where the core is fetched. */
export async function load(options: LoadOptions = {}): Promise<void> {
  checkLoadOptions(options);
}
