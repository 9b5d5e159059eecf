import { relativeDifference, tolerance } from './compare.js';
import type { Answer } from './problem.js';
import type { Remote } from './process/remote.js';
import type { BenchCase } from './suites/suite.js';
import { type Effort, timeInterleaved } from './timing.js';

/** What came of one case. */
export interface Outcome {
  /** Largest relative difference of each engine's answer from `reference`'s. */
  readonly differences: ReadonlyMap<string, number>;
  /** The engine that the others were held against: the first in the roster that can do the case. */
  readonly reference: string;
  /** A line for each engine that failed or answered otherwise; it is not in `ms`. */
  readonly faults: readonly string[];
  /** Median milliseconds; empty where no timing was asked for. */
  readonly ms: ReadonlyMap<string, number>;
}

/**
 * Gives one case to every engine, compares their answers, and then, with an `effort`, times those that agree.
 * `onProgress` is told what is going on, in a few words.
 */
export async function runCase(
  { label, problem }: BenchCase,
  engines: readonly Remote[],
  effort: Effort | null,
  onProgress: (state: string) => void = () => {},
): Promise<Outcome> {
  const given = problem();
  const faults: string[] = [];
  const answers = new Map<Remote, Answer>();
  for (const engine of engines) {
    onProgress(`checking ${engine.name}`);
    try {
      if (await engine.prepare(given)) answers.set(engine, await engine.answer());
    } catch (error) {
      faults.push(`${label}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const { reference, differences } = compare(answers);
  for (const [name, difference] of differences) {
    if (difference > tolerance)
      faults.push(`${label}: ${name} differs from ${reference} by ${difference.toExponential(1)}`);
  }
  const agreeing = [...answers.keys()].filter(({ name }) => (differences.get(name) ?? Infinity) <= tolerance);
  const onRound = (round: number) => onProgress(`round ${round + 1} of ${effort?.rounds}`);
  const ms = effort ? await timeInterleaved(agreeing, effort, onRound) : new Map<string, number>();
  for (const engine of answers.keys()) await engine.dispose();
  return { differences, reference, faults, ms };
}

function compare(answers: ReadonlyMap<Remote, Answer>) {
  const byName = new Map([...answers].map(([engine, answer]) => [engine.name, answer]));
  const [[reference, expected] = ['', {}]] = byName;
  const differences = new Map([...byName].map(([name, answer]) => [name, relativeDifference(answer, expected)]));
  return { reference, differences };
}
