import { readFileSync } from 'node:fs';
import type { Engine } from '../engine.js';
import { lossTrial } from './kantorovich/loss.js';
import { stepTrial } from './kantorovich/step.js';

/** This library through its public entry only, from its sources, so that no stale build is measured. */
export const engine: Engine = {
  name: 'kantorovich',
  open: async () => ({
    version: packageVersion(),
    prepare: async (problem) => (problem.kind === 'loss' ? lossTrial(problem) : stepTrial(problem)),
  }),
};

function packageVersion(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return manifest.version;
}
