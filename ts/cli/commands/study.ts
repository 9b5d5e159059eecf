import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { wholeNumber } from '../arguments.js';
import type { ExitCode } from '../exit-codes.js';
import { gridsStudy } from '../studies/grids/study.js';
import { logNStudy } from '../studies/log-n/study.js';
import { runStudy, type StudyFlags } from '../studies/run-study.js';
import type { Study } from '../studies/study.js';

const STUDIES: readonly Study[] = [logNStudy, gridsStudy];

/** Adds `kantorovich study` with one command for each study. */
export function addStudy(program: Command, setExit: (code: ExitCode) => void): void {
  const study = program
    .command('study')
    .summary('repeat an experiment behind the library')
    .description('Runs an experiment, run by run, and writes its results, tables and figure.')
    .addHelpText('after', '\nExample:\n  $ kantorovich study log-n --quick --out runs/log-n');
  for (const each of STUDIES) addOne(study, each, setExit);
}

function addOne(parent: Command, study: Study, setExit: (code: ExitCode) => void): void {
  const { name, summary, duration } = study;
  const command = parent
    .command(name)
    .summary(summary)
    .description(
      `Studies ${summary}.\nTakes about ${duration}. What is finished when it is stopped is kept: the same command\n` +
        'goes on from there. Writes results.jsonl, tables.md and figure.svg (with the packages @observablehq/plot and jsdom).',
    )
    .option('--out <folder>', 'where files go', join('runs', `study-${name}`))
    .option('--quick', 'a smaller study that shows the same')
    .option('--seeds <number>', 'seeds of every run (default: 3; 2 with --quick)', wholeNumber(1))
    .option('--steps <number>', 'training steps of each run (default: as planned)', wholeNumber(1))
    .addOption(
      new Option('--jobs <number>', 'runs at a time')
        .argParser(wholeNumber(1))
        .default(availableParallelism(), 'one a core'),
    )
    .option('--render', 'run nothing: write tables and figure of the results that are there')
    .option('--json', 'print JSON lines on standard output, nothing else')
    .addHelpText('after', `\nExample:\n  $ kantorovich study ${name} --quick --out runs/${name}`)
    .action(async (flags: StudyFlags) => setExit(await runStudy(study, flags)));
  if (study === gridsStudy)
    command.option('--data-dir <folder>', 'where the files of omniglot are (default: without it)');
}
