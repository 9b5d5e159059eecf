import { enableTurbo } from '../entries/node.js';

/** Has the engine try the experiment, and says in a line what came of it. */
export function tryTurbo(): string {
  const { enabled, gflops, reason } = enableTurbo();
  const measured = gflops.plain > 0 ? ` (${gflops.turbo} against ${gflops.plain} GFLOP/s)` : '';
  return enabled ? `turbo: on${measured}` : `turbo: off, ${reason}${measured}`;
}
