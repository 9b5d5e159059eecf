/** How long to measure: rounds, in which every engine has its turns. */
export interface Effort {
  readonly rounds: number;
  /** Milliseconds for all engines together; a slow one has fewer turns, but at least one. */
  readonly budget: number;
  /** A first run of more milliseconds than these is the only one. */
  readonly longRun: number;
}

/** What can be timed: a prepared engine. */
export interface Runner {
  readonly name: string;
  /** Milliseconds of each of `times` runs; null once it can't go on. */
  run(times: number): Promise<readonly number[] | null>;
  /** What its first run took, 0 where that isn't known; it counts where it was long, and start-up costs can't have been much of it. */
  readonly firstMs: number;
}

/** Long enough for V8 to tier up: a baseline-compiled kernel is ten times slower (PERFORMANCE, section 7). */
const warmUpMilliseconds = 400;

/** A turn of a fast engine is many runs, so that its caches are warm again after the others' turns. */
const turnMilliseconds = 40;

interface Turns {
  readonly runner: Runner;
  /** Runs a turn. */
  readonly times: number;
  /** How many of the rounds it takes part in, spread evenly. */
  readonly rounds: number;
  readonly ms: number[];
}

/**
 * Milliseconds of all runs of each runner that came through. Their turns alternate, so that what slows the machine down
 * for a while slows all of them down.
 */
export async function timeInterleaved(
  runners: readonly Runner[],
  effort: Effort,
  onRound: (round: number) => void,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const going = new Map<string, Turns>();
  for (const runner of runners) {
    const turns = await warmUp(runner, effort, runners.length);
    if (turns) going.set(runner.name, turns);
  }
  for (let round = 0; round < effort.rounds; round += 1) {
    onRound(round);
    for (const { runner, times, rounds, ms } of [...going.values()]) {
      if (!takesPart(round, rounds, effort.rounds)) continue;
      const turn = await runner.run(times);
      if (turn) ms.push(...turn);
      else going.delete(runner.name);
    }
  }
  return new Map([...going].map(([name, { ms }]) => [name, ms]));
}

/** Runs it until it is warm, and plans its turns by the fastest run. A slow one is warm at once: its run counts. */
async function warmUp(runner: Runner, { rounds, budget, longRun }: Effort, runners: number): Promise<Turns | null> {
  const share = budget / runners;
  const firstRun = runner.firstMs > longRun ? [runner.firstMs] : await runner.run(1);
  if (!firstRun) return null;
  const [first] = firstRun;
  if (first > warmUpMilliseconds) {
    const turns = Math.min(Math.round(share / first), rounds);
    return { runner, times: 1, rounds: Math.max(turns - 1, 0), ms: [first] };
  }
  const warm = await runner.run(Math.min(Math.ceil(warmUpMilliseconds / first), 200));
  if (!warm) return null;
  const fastest = Math.min(...warm);
  const times = Math.min(Math.max(Math.round(turnMilliseconds / fastest), 1), 100);
  const turns = Math.round(share / (times * fastest));
  return { runner, times, rounds: Math.min(Math.max(turns, 3), rounds), ms: [] };
}

/** Whether one with `turns` turns in all has one in this round. */
function takesPart(round: number, turns: number, rounds: number): boolean {
  return Math.floor(((round + 1) * turns) / rounds) > Math.floor((round * turns) / rounds);
}

/** The middle value, or the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
