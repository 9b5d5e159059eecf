import type { Remote } from './process/remote.js';

/** How long to measure: whole rounds, in each of which every engine has one turn. */
export interface Effort {
  readonly rounds: number;
  /** No further round starts after this many milliseconds, once there are three. */
  readonly budget: number;
}

/** Long enough for V8 to tier up: a baseline-compiled kernel is ten times slower (PERFORMANCE, section 7). */
const warmUpMilliseconds = 400;

/** A turn of a fast engine is many runs, so that its caches are warm again after the others' turns. */
const turnMilliseconds = 40;

/**
 * Median milliseconds of one run of each engine, which must be prepared. Their turns alternate, so that what slows
 * the machine down for a while slows all of them down.
 */
export async function timeInterleaved(
  engines: readonly Remote[],
  { rounds, budget }: Effort,
  onRound: (round: number) => void,
): Promise<ReadonlyMap<string, number>> {
  const turns: { engine: Remote; times: number; ms: number[] }[] = [];
  for (const engine of engines) turns.push({ engine, times: turnLength(await warmUp(engine)), ms: [] });
  const start = performance.now();
  for (let round = 0; round < rounds; round += 1) {
    if (round >= 3 && performance.now() - start > budget) break;
    onRound(round);
    for (const { engine, times, ms } of turns) ms.push(...(await engine.run(times)));
  }
  return new Map(turns.map(({ engine, ms }) => [engine.name, median(ms)]));
}

/** Milliseconds of the fastest warm run. An engine whose first run took that long is warm by then. */
async function warmUp(engine: Remote): Promise<number> {
  const [first] = await engine.run(1);
  if (first > warmUpMilliseconds) return first;
  return Math.min(...(await engine.run(Math.min(Math.ceil(warmUpMilliseconds / first), 200))));
}

function turnLength(ms: number): number {
  return Math.min(Math.max(Math.round(turnMilliseconds / ms), 1), 100);
}

/** The middle value, or the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
