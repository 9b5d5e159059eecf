import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { OptionsError } from '../../wasm/errors.js';
import type { ExitCode } from '../exit-codes.js';
import { refuseIdleFlags, refuseIdleOptions } from '../idle-options.js';
import { isModelFile } from '../model-files.js';
import { createProgress, silentProgress } from '../progress.js';
import { prepareRunFolder, type RunFolder, resumedFolder, runFolder } from '../run-folder.js';
import { interruptible } from '../signals.js';
import { jsonReporter, plainReporter } from '../train-reporter.js';
import { runTraining } from '../train-run.js';
import { type CompleteSettings, newSettings, resumedSettings, runName } from '../train-settings.js';
import { tryTurbo } from '../turbo.js';
import { addTrainOptions, type TrainOptions, type TrainSettings } from './train-options.js';

const EXAMPLE = `
Example: WPC with a certified Lipschitz constant, on grids of nine digits
  $ kantorovich train --data digits:3x3 --objective wpc --critic distance \\
      --temperature 0.3 --lipschitz orthonormal --out runs/first

Ctrl-C saves a checkpoint and says how to go on. Exit codes: 0; 1 for a failed
run, 2 for a wrong argument, 130 after Ctrl-C.`;

/** What belongs to the call, not to the run's settings. */
const FLAGS = ['out', 'resume', 'checkpointEvery', 'evaluateEvery', 'probe', 'workers', 'backend', 'turbo', 'json'];

/** Adds `kantorovich train`. */
export function addTrain(program: Command, setExit: (code: ExitCode) => void): void {
  const command = program
    .command('train')
    .summary('train encoders on pairs')
    .description('Trains two encoders and a critic on pairs (x, y) that share hidden factors.')
    .addHelpText('after', EXAMPLE);
  addTrainOptions(command).action(async (options: TrainOptions) => {
    setExit(await train(options, explicitSettings(command)));
  });
}

/** The settings that were given, not defaulted. */
function explicitSettings(command: Command): Partial<TrainSettings> {
  const isGiven = (name: string) => !FLAGS.includes(name) && command.getOptionValueSource(name) === 'cli';
  return Object.fromEntries(Object.entries(command.opts()).filter(([name]) => isGiven(name)));
}

async function train(options: TrainOptions, given: Partial<TrainSettings>): Promise<ExitCode> {
  const { settings, path } = await planRun(options, given);
  refuseIdleOptions(settings, given);
  refuseIdleFlags(settings, options);
  const folder = await prepareRunFolder(path);
  const progress = options.json ? silentProgress() : createProgress(process.stderr);
  const write = (text: string) => process.stdout.write(text);
  const reporter = options.json ? jsonReporter(write) : plainReporter(progress, write);
  const interruption = interruptible(progress.stop);
  if (options.turbo) reporter.note(tryTurbo());
  try {
    return await runTraining({ settings, flags: options, folder, reporter, interruption });
  } finally {
    progress.stop();
    interruption.dispose();
  }
}

interface PlannedRun {
  readonly settings: CompleteSettings;
  readonly path: string;
}

async function planRun(options: TrainOptions, given: Partial<TrainSettings>): Promise<PlannedRun> {
  const { out, resume } = options;
  if (resume === undefined) {
    const settings = newSettings(settingsOf(options));
    if (out !== undefined && isUnfinished(runFolder(out))) {
      throw new OptionsError(
        `${out} holds an unfinished run: --resume ${out} goes on with it, another --out begins anew`,
      );
    }
    return { settings, path: out ?? freeFolder(runName(settings)) };
  }
  const named = resume === true ? out : resume;
  if (named === undefined) throw new OptionsError('--resume needs the folder of a run, or --out');
  if (isModelFile(given.encoder ?? '') || isModelFile(given.encoderY ?? '')) {
    throw new OptionsError('a run goes on with the models in its checkpoint: leave --encoder out');
  }
  const path = await resumedFolder(named);
  return { settings: await resumedSettings(runFolder(path).settings, given), path };
}

/** Whether a run was interrupted there: it has a checkpoint and no results yet. */
function isUnfinished({ checkpoint, results }: RunFolder): boolean {
  return existsSync(checkpoint) && statSync(checkpoint).isFile() && !existsSync(results);
}

function settingsOf(options: TrainOptions): TrainSettings {
  const { out, resume, checkpointEvery, evaluateEvery, probe, workers, backend, turbo, json, ...settings } = options;
  return settings;
}

/** A folder in runs/ that does not exist yet. */
function freeFolder(name: string): string {
  const numbered = (i: number) => join('runs', i === 1 ? name : `${name}-${i}`);
  let i = 1;
  while (existsSync(numbered(i))) i += 1;
  return numbered(i);
}
