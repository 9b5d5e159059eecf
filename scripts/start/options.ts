import { Command } from 'commander';
import { wholeNumber } from '../../ts/cli/arguments.js';
import { packageVersion } from '../../ts/cli/package-version.js';
import { PLAN, SHARED } from './plan.js';

/** What `npm start` can be told, after `--`. */
export interface StartOptions {
  readonly steps: number;
  readonly seed: number;
  readonly out: string;
  /** Grids that probes are fitted to; a third as many choose the L2 strength, and judge. */
  readonly probeItems: number;
  readonly json?: boolean;
}

/** Parses the arguments; wrong ones throw a CommanderError after one line on standard error. */
export function parseOptions(args: readonly string[]): StartOptions {
  const command = new Command('npm start --')
    .description(
      `Trains ${PLAN.length} pairs of encoders on ${SHARED.grid} x ${SHARED.grid} grids of handwritten digits, by CPC and by Wasserstein\n` +
        'objectives, two at a time, and writes a report. Takes about two minutes on two cores. What is finished when it is\n' +
        'stopped is kept: the same command goes on from there.',
    )
    .option('--steps <number>', 'training steps of each model', wholeNumber(1), SHARED.steps)
    .option('--seed <number>', 'decides weights and drawings', wholeNumber(0), 1)
    .option('--out <folder>', 'where report.html and results.json go', 'runs/start')
    .option('--probe-items <number>', 'grids that linear probes are fitted to', wholeNumber(100), 6000)
    .option('--json', 'print JSON lines on standard output, nothing else')
    .version(packageVersion(), '--version', 'print the version')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`npm start: ${text.trim().replace(/^error: /, '')}\n`) })
    .addHelpText('after', '\nExample:\n  $ npm start -- --steps 500 --out runs/short')
    .parse(args, { from: 'user' });
  return command.opts<StartOptions>();
}
