import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { supportsRelaxedSimd } from '../../ts/wasm/core.js';
import { tolerance } from '../compare.js';
import { ours } from '../record.js';
import type { Extent } from '../suites/suite.js';
import { median } from '../timing.js';

/** Engines that `start.mjs` knows, ours first. */
export const coldEngines: readonly string[] = [ours, 'tfjs-wasm', 'jax-js'];

/** Medians over fresh processes. */
export interface ColdTimes {
  /** Milliseconds by what is timed, in order, and by engine. */
  readonly times: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** A line for each engine whose value differs from ours. */
  readonly faults: readonly string[];
}

interface Start {
  readonly value: number;
  /** The import, then each loss; or the instantiation alone. */
  readonly ms: readonly number[];
}

const processes: Readonly<Record<Extent, number>> = { check: 1, quick: 3, full: 7 };

const script = fileURLToPath(new URL('start.mjs', import.meta.url));
/** The build that this runtime takes. */
const build = supportsRelaxedSimd() ? 'relaxed' : 'simd128';
const wasm = fileURLToPath(new URL(`../../dist/wasm/build/kantorovich.${build}.wasm`, import.meta.url));

/** Starts each of the `wanted` engines a few times, in turns; those that aren't installed are absent. */
export async function measureCold(
  extent: Extent,
  wanted: readonly string[],
  onProgress: (state: string) => void,
): Promise<ColdTimes> {
  const starts = new Map<string, Start[]>();
  const instantiations: number[] = [];
  for (let round = 0; round < processes[extent]; round += 1) {
    onProgress(`cold: process ${round + 1} of ${processes[extent]}`);
    for (const name of coldEngines.filter((name) => wanted.includes(name))) {
      const start = await fresh(name);
      if (start) starts.set(name, [...(starts.get(name) ?? []), start]);
    }
    if (wanted.includes(ours)) instantiations.push(...((await fresh('instantiate', wasm))?.ms ?? []));
  }
  const times = new Map([...parts].map(([what, of]) => [what, medians(starts, of)]));
  if (instantiations.length > 0) times.set('instantiate', new Map([[ours, median(instantiations)]]));
  return { times, faults: disagreements(starts) };
}

/** What is timed, as the record's `what` names it. */
const parts: ReadonlyMap<string, (ms: readonly number[]) => number> = new Map([
  ['import', ([load]) => load],
  ['first-loss', ([, first]) => first],
  ['import-to-first-loss', ([load, first]) => load + first],
  ['second-loss', ([, , second]) => second],
  ['tenth-loss', (ms) => ms[10]],
]);

function medians(starts: ReadonlyMap<string, readonly Start[]>, of: (ms: readonly number[]) => number) {
  return new Map([...starts].map(([name, all]) => [name, median(all.map(({ ms }) => of(ms)))]));
}

async function fresh(...args: readonly string[]): Promise<Start | null> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args]);
  const result: Start | { readonly absent: string } = JSON.parse(stdout);
  return 'absent' in result ? null : result;
}

function disagreements(starts: ReadonlyMap<string, readonly Start[]>): readonly string[] {
  const [[reference, [expected]] = ['', []]] = starts;
  return [...starts].flatMap(([name, all]) =>
    all.every(({ value }) => Math.abs(value - expected.value) <= tolerance * Math.abs(expected.value))
      ? []
      : [`cold: ${name} differs from ${reference}`],
  );
}
