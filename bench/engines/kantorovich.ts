import { readFileSync } from 'node:fs';
import type { Engine, Session } from '../engine.js';
import { prepareBy } from '../trials.js';
import { adapterTrial } from './kantorovich/adapter.js';
import { lossTrial } from './kantorovich/loss.js';
import { peak } from './kantorovich/peak.js';
import { productTrial } from './kantorovich/product.js';
import { networkTrial, stepTrial } from './kantorovich/step.js';

/**
 * This library from its sources, so that no stale build is measured: losses and steps through its public entry,
 * products, which it doesn't export, from the folder they live in.
 */
export const engine: Engine = {
  name: 'kantorovich',
  open: async () => session(),
};

/** Whatever build the library then computes in. */
export function session(): Session {
  const prepare = prepareBy({
    loss: lossTrial,
    step: stepTrial,
    product: productTrial,
    adapter: adapterTrial,
    network: networkTrial,
  });
  return { version: packageVersion(), prepare, peak };
}

function packageVersion(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return manifest.version;
}
