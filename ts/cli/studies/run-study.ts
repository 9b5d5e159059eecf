import { join } from 'node:path';
import { writeFileAtomically } from '../../data/atomic-file.js';
import { loadOptionalPackage } from '../../data/optional-package.js';
import { DataError, OptionsError } from '../../wasm/errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { jsonLine } from '../json-lines.js';
import { createProgress, type Progress, silentProgress } from '../progress.js';
import { prepareRunFolder } from '../run-folder.js';
import { interruptible } from '../signals.js';
import { provenanceText } from './provenance.js';
import { openResults, type ResultsFile, type StudyResult } from './results-file.js';
import { runTasks } from './run-tasks.js';
import type { Study, StudyOptions } from './study.js';

/** What `kantorovich study` is told. */
export interface StudyFlags extends Omit<StudyOptions, 'seeds'> {
  readonly seeds?: number;
  readonly out: string;
  readonly jobs: number;
  readonly render?: boolean;
  readonly json?: boolean;
}

/**
 * Runs what is missing of a study and writes its tables and figure; of what there is, where it is stopped.
 *
 * @throws what a run throws; finished runs are kept
 */
export async function runStudy(study: Study, flags: StudyFlags): Promise<ExitCode> {
  const { out, jobs, render = false, json = false } = flags;
  const options: StudyOptions = { ...flags, seeds: flags.seeds ?? (flags.quick ? 2 : 3) };
  const folder = await prepareRunFolder(out);
  const results = await openResults(join(folder.path, 'results.jsonl'));
  if (render && results.all().length === 0) throw new OptionsError(`there are no results to render in ${out}`);
  const progress = json ? silentProgress() : createProgress(process.stderr);
  const interruption = interruptible(progress.stop);
  const say = (fields: Parameters<typeof jsonLine>[0]) => {
    if (json) process.stdout.write(jsonLine(fields));
  };
  try {
    if (!render) {
      const report = (key: StudyResult['key'], result: StudyResult['result']) => say({ run: key, result });
      const run = { results, jobs, progress, signal: interruption.signal, report };
      for (const stage of study.stages) await runTasks(stage(options, results.all()), run);
    }
    await writePages(study, options, results, out, progress);
    progress.stop();
    say({ done: true, out });
    if (!json) process.stdout.write(`tables: ${join(out, 'tables.md')}\nresults: ${results.path}\n`);
    return EXIT.ok;
  } catch (error) {
    const code = interruption.exitCode();
    if (code === null) throw error;
    await writePages(study, options, results, out, progress);
    progress.stop();
    const reason = 'stopped; finished runs are kept, and the same command goes on with the others';
    if (json) say({ done: false, reason });
    else process.stderr.write(`${reason}\n`);
    return code;
  } finally {
    progress.stop();
    if (interruption.exitCode() === null) interruption.dispose();
  }
}

/** Tables and figure of those results that belong to the plan. */
async function writePages(
  study: Study,
  options: StudyOptions,
  results: ResultsFile,
  out: string,
  progress: Progress,
): Promise<void> {
  const tasks = study.stages.flatMap((stage) => stage(options, results.all()));
  const found = tasks.flatMap(({ key }) => results.find(key) ?? []);
  if (found.length === 0) return;
  await writeFileAtomically(join(out, 'tables.md'), study.page(found, footOf(found, tasks.length)));
  const figure = await loadFigure(study, progress);
  if (figure !== null) await writeFileAtomically(join(out, 'figure.svg'), figure(found));
}

/** Null, and a note, where the packages that draw are not installed: tables and results stand without them. */
async function loadFigure(study: Study, progress: Progress): Promise<Awaited<ReturnType<Study['loadFigure']>> | null> {
  try {
    return await loadOptionalPackage('@observablehq/plot jsdom', 'drawing the figure', () => study.loadFigure());
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    progress.note(error.message);
    return null;
  }
}

function footOf(found: readonly StudyResult[], planned: number): string {
  const makers = [...new Set(found.map(({ madeBy }) => provenanceText(madeBy)))];
  const missing = found.length < planned ? ` ${found.length} of ${planned} planned runs; the others are not done.` : '';
  return `Made by ${makers.join('; ')}.${missing}`;
}
