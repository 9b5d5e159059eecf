import type { JsonValue } from '../../data/json-text.js';
import { atATime } from '../at-a-time.js';
import { formatDuration } from '../format.js';
import type { Progress } from '../progress.js';
import { type Provenance, provenance } from './provenance.js';
import type { ResultsFile, RunKey } from './results-file.js';

/** What a run is given. */
export interface RunContext {
  /** For the progress bar: what it is, and how many of all it is. */
  readonly label: string;
  readonly progress: Progress;
  /** A run that is told to end throws. */
  readonly signal: AbortSignal;
}

/** A run of a study. */
export interface StudyTask {
  readonly key: RunKey;
  /** For people: `digits:3x3, nwj, seed 1`. */
  readonly label: string;
  /** What it cannot be run without, and is left out for; null where nothing is lacking. */
  readonly lacks: string | null;
  run(context: RunContext): Promise<JsonValue>;
}

/** How a study is run. */
export interface StudyRun {
  readonly results: ResultsFile;
  /** Runs at a time. */
  readonly jobs: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Told of every run that ends. */
  report(key: RunKey, result: JsonValue): void;
}

/**
 * Runs whatever the results file does not hold yet, in order, and keeps each run as it ends.
 *
 * @throws what a run throws, and where the signal aborts; finished runs are kept
 */
export async function runTasks(tasks: readonly StudyTask[], study: StudyRun): Promise<void> {
  const { results, jobs, progress, signal, report } = study;
  const unfinished = tasks.filter(({ key }) => results.find(key) === undefined);
  const missing = unfinished.filter(({ lacks }) => lacks === null);
  for (const lack of new Set(unfinished.flatMap(({ lacks }) => lacks ?? []))) {
    progress.note(`${unfinished.filter(({ lacks }) => lacks === lack).length} runs are left out for want of ${lack}`);
  }
  if (unfinished.length < tasks.length) {
    progress.note(`${tasks.length - unfinished.length} of ${tasks.length} runs are in ${results.path} already`);
  }
  const madeBy: Provenance = provenance();
  const start = performance.now();
  let [begun, done] = [0, 0];
  await atATime(jobs, missing, async ({ key, label, run }) => {
    signal.throwIfAborted();
    begun += 1;
    const left = done === 0 ? '' : `, ${formatDuration(timeLeft(start, done, missing.length))} left`;
    const result = await run({ label: `[${begun}/${missing.length}${left}] ${label}`, progress, signal });
    await results.save({ key, result, madeBy });
    done += 1;
    report(key, result);
  });
}

/** Seconds, if the others take as long as those that are done. */
function timeLeft(start: number, done: number, all: number): number {
  return (((performance.now() - start) / 1000) * (all - done)) / done;
}
