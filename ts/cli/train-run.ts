import { writeFileAtomically } from '../data/atomic-file.js';
import type { OpenedPairs } from '../data/open-pairs.js';
import { openPairs } from '../data/open-pairs.js';
import type { PairSource } from '../data/pair-source.js';
import { parsePairSpec } from '../data/parse-pair-spec.js';
import { readBytes } from '../data/read-bytes.js';
import { readCheckpoint } from '../training/checkpoint.js';
import { type FitResult, fit } from '../training/fit.js';
import type { FitOptions } from '../training/fit-options.js';
import type { HistoryEntry } from '../training/history.js';
import { fit as fitWithWorkers } from '../workers/fit.js';
import type { TrainFlags } from './commands/train-options.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { failureOf } from './failure.js';
import { fitOptions } from './fit-options.js';
import { type HistoryFile, openHistory } from './history-file.js';
import { areModelFiles, fitModelFiles } from './model-files.js';
import { type RunFolder, removeEmptyRun } from './run-folder.js';
import type { Interruption } from './signals.js';
import type { StepLine, TrainReporter } from './train-reporter.js';
import { type CompleteSettings, runName } from './train-settings.js';
import { trainedRow } from './trained-row.js';

/** A run as it is about to begin. */
export interface TrainRun {
  readonly settings: CompleteSettings;
  readonly flags: TrainFlags;
  readonly folder: RunFolder;
  readonly reporter: TrainReporter;
  readonly interruption: Interruption;
}

/** How far a run has come. */
interface Reached {
  step: number;
  isSaved: boolean;
  isBegun: boolean;
}

/**
 * Trains, follows, saves and judges a model. Whatever ends the run before its last step is reported with the command
 * that goes on from there; the exit code says which it was.
 */
export async function runTraining(run: TrainRun): Promise<ExitCode> {
  const reached: Reached = { step: 0, isSaved: false, isBegun: false };
  const { workers, backend } = run.flags;
  const how =
    (workers === undefined ? '' : ` --workers ${workers}`) + (backend === undefined ? '' : ` --backend ${backend}`);
  const resume = () => (reached.isSaved ? `kantorovich train --resume ${quoted(run.folder.path)}${how}` : null);
  const { reporter, interruption } = run;
  try {
    const start = performance.now();
    const pairs = await openPairs(parsePairSpec(run.settings.data, run.settings));
    pairs.notes.forEach(reporter.note);
    const result = await train(run, pairs, reached);
    if (result.stopped === 'aborted') {
      reporter.unfinished({ reason: 'stopped', step: result.steps, resume: resume() });
      return interruption.exitCode() ?? EXIT.interrupted;
    }
    await finish(run, pairs, result, (performance.now() - start) / 1000);
    return EXIT.ok;
  } catch (error) {
    const { exitCode, line } = failureOf(error);
    if (reached.step === 0) await removeEmptyRun(run.folder);
    const reason = line ?? 'failed';
    reporter.unfinished({ reason, step: reached.step, resume: resume(), ...nonFiniteLoss(reason) });
    return exitCode;
  }
}

async function train(run: TrainRun, pairs: OpenedPairs, reached: Reached): Promise<FitResult> {
  const { settings, flags, folder, reporter, interruption } = run;
  const resume = flags.resume === undefined ? undefined : await readBytes(folder.checkpoint);
  const from = resume === undefined ? 0 : readCheckpoint(resume).counters.step;
  Object.assign(reached, { step: from, isSaved: from > 0 });
  const history = await openHistory(folder.history, from);
  try {
    const options: FitOptions = {
      ...fitOptions(settings),
      pairs: pairs.train,
      ...heldOut(pairs.validation, run),
      ...(resume && { resume }),
      signal: interruption.signal,
      checkpoint: { every: flags.checkpointEvery, save: (bytes) => saveState(run, history, bytes, reached) },
      onStep: (entry) => follow(entry, history, run, reached),
      onWarning: reporter.note,
    };
    if (areModelFiles(settings)) {
      const { backend } = flags;
      const { deterministic } = settings;
      return await fitModelFiles(options, settings, { backend, deterministic, note: reporter.note });
    }
    return await (flags.workers === undefined ? fit(options) : fitWithWorkers({ ...options, workers: flags.workers }));
  } finally {
    await history.close();
  }
}

/** Values on held-out pairs, where there are enough for a batch. */
function heldOut(validation: PairSource, { settings, flags, reporter }: TrainRun) {
  if (validation.pairs === null || validation.pairs >= settings.batch) {
    return { heldOut: validation, evaluateEvery: flags.evaluateEvery };
  }
  reporter.note(`${validation.pairs} validation pairs are fewer than a batch of ${settings.batch}: none are evaluated`);
  return {};
}

function saveSettings({ settings, folder }: TrainRun): Promise<void> {
  return writeFileAtomically(folder.settings, `${JSON.stringify(settings, null, 2)}\n`);
}

/** Settings are saved with the checkpoint that they are of. */
async function saveState(run: TrainRun, history: HistoryFile, bytes: Uint8Array, reached: Reached): Promise<void> {
  await saveSettings(run);
  await history.flush();
  await writeFileAtomically(run.folder.checkpoint, bytes);
  reached.isSaved = true;
}

function follow(entry: HistoryEntry, history: HistoryFile, run: TrainRun, reached: Reached): void {
  const { heldOut: found, ...figures } = entry;
  const line: StepLine = { ...figures, ...(found && { heldOut: { ...found } }) };
  // Only now is it sure that the options go together.
  if (!reached.isBegun) begin(run, reached);
  reached.step = entry.step;
  history.append(line);
  run.reporter.step(line);
}

function begin({ reporter, settings, folder }: TrainRun, reached: Reached): void {
  reporter.begin(runName(settings), settings.steps, reached.step, folder.path);
  reached.isBegun = true;
}

async function finish(run: TrainRun, pairs: OpenedPairs, { model }: FitResult, seconds: number): Promise<void> {
  const { flags, folder, reporter } = run;
  try {
    await writeFileAtomically(folder.model, model.toBytes());
    const row = await trainedRow(model, pairs, { probe: flags.probe, seconds, phase: reporter.phase });
    await writeFileAtomically(folder.results, `${JSON.stringify([row], null, 2)}\n`);
    reporter.done(row, folder.path);
  } finally {
    model.dispose();
  }
}

/** The loss of a step that the core refused because of it: its message names the value. */
function nonFiniteLoss(reason: string): { readonly loss?: number } {
  const value = /^step \d+ was not taken.* is (NaN|-?inf)\b/.exec(reason)?.[1];
  if (value === undefined) return {};
  // The loss is the negative of the value.
  return { loss: value === 'NaN' ? Number.NaN : value === 'inf' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY };
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
