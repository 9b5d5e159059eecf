import { fileURLToPath } from 'node:url';
import { openRemote, type Remote } from '../../bench/process/remote.js';
import type { BenchCase, Measurement } from '../../bench/suites/suite.js';

/** What becomes of an engine of `faulty-engine.mjs`. */
export type Fault = 'none' | 'dies' | 'hangs' | 'throws' | 'grows' | 'slow';

/** An engine in a process of its own that fails in this way; its answer is `value`. */
export async function openFaulty(name: string, fault: Fault, value = 0): Promise<Remote> {
  const script = fileURLToPath(new URL('faulty-engine.mjs', import.meta.url));
  const remote = await openRemote({ name, command: [process.execPath, script, fault, String(value)] });
  if ('absent' in remote) throw new Error(remote.absent);
  return remote;
}

/** A case that only its number tells from others. */
export function emptyCase(n: number): BenchCase {
  return {
    description: { n },
    label: `n ${n}`,
    problem: () => ({ kind: 'product', rows: 0, cols: 0, depth: 0, a: new Float32Array(), b: new Float32Array() }),
  };
}

/** One round, and limits that only a fault passes. */
export const brief: Measurement = {
  effort: { rounds: 1, budget: 0, longRun: 1_000 },
  limits: { milliseconds: 500, bytes: 200 * 2 ** 20 },
};
