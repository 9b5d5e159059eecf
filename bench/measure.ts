import { EngineStopped } from './process/limits.js';
import { openRemote, type Remote } from './process/remote.js';
import { ours } from './record.js';
import { roster } from './roster.js';
import { type Outcome, runCase } from './run.js';
import type { Baseline, BenchCase, Extent, Measurement, Suite } from './suites/suite.js';

/** A case and what came of it. */
export interface Result {
  readonly one: BenchCase;
  readonly outcome: Outcome;
}

/** All cases of a suite, in its order; `onProgress` is told what is going on, in a few words. */
export async function measureSuite(
  suite: Suite,
  extent: Extent,
  engines: readonly Remote[],
  onProgress: (state: string) => void = () => {},
): Promise<readonly Result[]> {
  const cases = suite.cases(extent);
  const measurement = extent === 'check' ? null : suite.measurement[extent];
  const results: Result[] = [];
  const run = await (suite.order === 'apart' ? apart(engines, measurement) : interleaved(cases, engines, measurement));
  for (const [index, one] of cases.entries()) {
    const head = `${suite.name} ${index + 1}/${cases.length} ${one.label}`;
    results.push({ one, outcome: await run.measure(one, (state) => onProgress(`${head}: ${state}`)) });
  }
  run.end();
  return results;
}

interface SuiteRun {
  measure(one: BenchCase, onProgress: (state: string) => void): Promise<Outcome>;
  end(): void;
}

async function interleaved(
  cases: readonly BenchCase[],
  engines: readonly Remote[],
  measurement: Measurement | null,
): Promise<SuiteRun> {
  const wanted = cases.some(({ baseline }) => baseline) && engines.some(({ name }) => name === ours);
  const twin = wanted ? await secondOfOurs() : null;
  return {
    measure: (one, onProgress) => {
      const beside = twin && one.baseline ? [standIn(twin, one.baseline)] : [];
      return runCase(one, [...engines, ...beside], measurement, onProgress);
    },
    end: () => twin?.close(),
  };
}

async function secondOfOurs(): Promise<Remote> {
  const [spec] = roster();
  const twin = await openRemote(spec);
  if ('absent' in twin) throw new Error(`${spec.name} did not start twice: ${twin.absent}`);
  return twin;
}

/** An engine that takes the baseline's problem whatever it's given. */
function standIn(engine: Remote, { name, problem, comparable }: Baseline): Remote {
  return {
    ...engine,
    name,
    prepare: (_problem, limits) => engine.prepare(problem(), limits),
    answer: async () => {
      const { answer, ms } = await engine.answer();
      return { answer: comparable(answer), ms };
    },
  };
}

/** Case by case, one engine after the other; who fails or passes a limit is out, and so told for all later cases. */
async function apart(engines: readonly Remote[], measurement: Measurement | null): Promise<SuiteRun> {
  const out = new Map<string, EngineStopped>();
  const pace = new Map<string, number>();
  const mayTry = (name: string, flops: number): boolean => {
    const hopeless = name === ours ? null : tooLong((pace.get(name) ?? 0) * flops, measurement);
    if (hopeless) out.set(name, hopeless);
    return !out.has(name);
  };
  // What earlier suites left in the processes would count as memory of this one.
  if (measurement) await Promise.all(engines.map((engine) => engine.restart()));
  return {
    measure: async (one, onProgress) => {
      const { flops = 1 } = one;
      const shared = madeOnce(one);
      const outcomes: Outcome[] = [];
      for (const engine of engines) {
        if (!mayTry(engine.name, flops)) continue;
        const outcome = await runCase(shared, [engine], measurement, onProgress);
        outcomes.push(outcome);
        for (const [name, stop] of outcome.stopped) out.set(name, stop);
        for (const [name, ms] of outcome.ms) pace.set(name, ms / flops);
      }
      return merge(outcomes, new Map(out));
    },
    end: () => {},
  };
}

function madeOnce(one: BenchCase): BenchCase {
  const [problem, expected] = [one.problem(), one.expected?.()];
  return { ...one, problem: () => problem, ...(expected && { expected: () => expected }) };
}

/** By its time on less, in proportion to the operations. Near the limit it is tried. */
function tooLong(expected: number, measurement: Measurement | null): EngineStopped | null {
  const margin = 1.25;
  if (!measurement || expected <= margin * measurement.limits.milliseconds) return null;
  return new EngineStopped('slow', `a run would take about ${(expected / 1000).toFixed(0)} s`);
}

function merge(outcomes: readonly Outcome[], stopped: Outcome['stopped']): Outcome {
  const all = <Value>(pick: (outcome: Outcome) => ReadonlyMap<string, Value>) =>
    new Map(outcomes.flatMap((outcome) => [...pick(outcome)]));
  return {
    differences: all(({ differences }) => differences),
    reference: outcomes[0]?.reference ?? '',
    faults: outcomes.flatMap(({ faults }) => faults),
    stopped,
    ms: all(({ ms }) => ms),
    limitMs: outcomes.find(({ limitMs }) => limitMs !== null)?.limitMs ?? null,
    memory: all(({ memory }) => memory),
  };
}
