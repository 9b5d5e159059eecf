import { relativeDifference, tolerance } from './compare.js';
import { type Answer, answerRuns, type Problem } from './problem.js';
import { EngineStopped, unlimited } from './process/limits.js';
import type { MemoryUse, TimedAnswer } from './process/messages.js';
import type { Remote } from './process/remote.js';
import { ours } from './record.js';
import type { BenchCase, Measurement } from './suites/suite.js';
import { median, type Runner, timeInterleaved } from './timing.js';

/** What came of one case. */
export interface Outcome {
  /** Largest relative difference of each engine's answer from `reference`'s. */
  readonly differences: ReadonlyMap<string, number>;
  /** What answers were held against: float64, or the first engine in the roster that can do the case. */
  readonly reference: string;
  /** A line for each engine that answered otherwise; it is not in `ms`. */
  readonly faults: readonly string[];
  /** Engines that failed or passed a limit; they are not in `ms`. */
  readonly stopped: ReadonlyMap<string, EngineStopped>;
  /** Median milliseconds; empty where no timing was asked for. */
  readonly ms: ReadonlyMap<string, number>;
  /** Milliseconds at the speed of this library's innermost loop, for a case whose operations are counted. */
  readonly limitMs: number | null;
  /** Of each engine's process, when it had been timed. */
  readonly memory: ReadonlyMap<string, MemoryUse>;
}

type Answers = ReadonlyMap<Remote, TimedAnswer>;

/**
 * Gives one case to every engine, compares their answers, and then, with a `measurement`, times those that agree.
 * `onProgress` is told what is going on, in a few words.
 *
 * Engines that fail or pass a limit are closed and left out; this library itself has no limits.
 */
export async function runCase(
  one: BenchCase,
  engines: readonly Remote[],
  measurement: Measurement | null,
  onProgress: (state: string) => void = () => {},
): Promise<Outcome> {
  const guard = guarding();
  const problem = one.problem();
  const answers = await answerAll(problem, engines, measurement, guard, onProgress);
  const { reference, differences } = compare(one, answers);
  const wrong = [...differences].filter(([, difference]) => difference > tolerance);
  const faults = wrong.map(
    ([name, difference]) => `${one.label}: ${name} differs from ${reference} by ${difference.toExponential(1)}`,
  );
  const agreeing = new Map([...answers].filter(([{ name }]) => (differences.get(name) ?? Infinity) <= tolerance));
  const times = measurement ? await timeAll(one, problem, agreeing, measurement, guard, onProgress) : untimed;
  const memory = await finish(answers, guard);
  return { differences, reference, faults, stopped: guard.stopped, ...times, memory };
}

/** Turns an engine's stop into a null, and remembers it. */
interface Guard {
  readonly stopped: ReadonlyMap<string, EngineStopped>;
  attempt<Result>(engine: Remote, act: () => Promise<Result>): Promise<Result | null>;
}

function guarding(): Guard {
  const stopped = new Map<string, EngineStopped>();
  return {
    stopped,
    attempt: async (engine, act) => {
      if (stopped.has(engine.name)) return null;
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof EngineStopped)) throw error;
        stopped.set(engine.name, error);
        engine.close();
        return null;
      }
    },
  };
}

async function answerAll(
  problem: Problem,
  engines: readonly Remote[],
  measurement: Measurement | null,
  { attempt }: Guard,
  onProgress: (state: string) => void,
): Promise<Answers> {
  const answers = new Map<Remote, TimedAnswer>();
  for (const engine of engines) {
    onProgress(`checking ${engine.name}`);
    const limits = measurement && engine.name !== ours ? measurement.limits : unlimited;
    const answer = await attempt(engine, async () =>
      (await engine.prepare(problem, limits)) ? await engine.answer() : null,
    );
    if (answer) answers.set(engine, answer);
  }
  return answers;
}

function compare({ expected }: BenchCase, answers: Answers) {
  const byName = new Map([...answers].map(([engine, { answer }]) => [engine.name, answer]));
  const known: readonly [string, Answer] = expected ? ['float64', expected()] : ([...byName][0] ?? ['', {}]);
  const differences = new Map([...byName].map(([name, answer]) => [name, relativeDifference(answer, known[1])]));
  return { reference: known[0], differences };
}

const untimed: Pick<Outcome, 'ms' | 'limitMs'> = { ms: new Map(), limitMs: null };

async function timeAll(
  { flops }: BenchCase,
  problem: Problem,
  answers: Answers,
  { effort }: Measurement,
  guard: Guard,
  onProgress: (state: string) => void,
): Promise<Pick<Outcome, 'ms' | 'limitMs'>> {
  const runners: Runner[] = [...answers].map(([engine, { ms, isOneRun = answerRuns(problem) === 1 }]) => ({
    name: engine.name,
    firstMs: isOneRun ? ms : 0,
    run: (times) => guard.attempt(engine, () => engine.run(times)),
  }));
  const own = [...answers.keys()].find(({ name }) => name === ours);
  if (own && flops !== undefined) runners.push(limitRunner(own, flops, guard));
  const onRound = (round: number) => onProgress(`round ${round + 1} of ${effort.rounds}`);
  const runs = await timeInterleaved(runners, effort, onRound);
  const ms = new Map([...runs].map(([name, values]) => [name, median(values)]));
  const limitMs = ms.get(limit) ?? null;
  ms.delete(limit);
  return { ms, limitMs };
}

const limit = 'limit';

/** As if `flops` operations were run at the speed of the innermost loop, which is measured once a turn. */
function limitRunner(engine: Remote, flops: number, { attempt }: Guard): Runner {
  const run = async () => {
    const gflops = await attempt(engine, () => engine.peak());
    return gflops === null ? null : [flops / gflops / 1e6];
  };
  return { name: limit, firstMs: 0, run };
}

async function finish(answers: Answers, { attempt }: Guard): Promise<ReadonlyMap<string, MemoryUse>> {
  const memory = new Map<string, MemoryUse>();
  for (const engine of answers.keys()) {
    const use = await attempt(engine, async () => {
      const use = await engine.memory();
      await engine.dispose();
      return use;
    });
    if (use) memory.set(engine.name, use);
  }
  return memory;
}
