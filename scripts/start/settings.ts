import { packageVersion } from '../../ts/cli/package-version.js';
import type { StartOptions } from './options.js';
import { PLAN, SHARED } from './plan.js';
import type { RunSettings } from './results.js';

/** The source that all models are trained on. */
export const DATA = { kind: 'digits', k: SHARED.grid, tile: SHARED.tile } as const;

/** Items of the three parts that a probe uses. */
export function probeSizes({ probeItems }: StartOptions) {
  const third = Math.floor(probeItems / 3);
  return { training: probeItems, validation: third, test: third };
}

/** How this run is made, for the report. */
export function runSettings({ steps, seed }: StartOptions): RunSettings {
  const { grid, tile, encoder, batch, learningRate } = SHARED;
  const inputs = (grid * tile) ** 2;
  const mutualInformation = grid * grid * Math.log(10);
  return { grid, tile, encoder: `${inputs}-${encoder}`, batch, learningRate, steps, seed, mutualInformation };
}

/** All that results depend on: kept results with another are made again. */
export function fingerprint({ steps, seed, probeItems }: StartOptions): string {
  return JSON.stringify({
    version: packageVersion(),
    node: process.versions.node,
    steps,
    seed,
    probeItems,
    SHARED,
    PLAN,
  });
}
