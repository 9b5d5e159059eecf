import { Command, type Option } from 'commander';
import { addAdapter } from './commands/adapter.js';
import { addBench } from './commands/bench.js';
import { addEmbed } from './commands/embed.js';
import { addExport } from './commands/export.js';
import { addProbe } from './commands/probe.js';
import { addStudy } from './commands/study.js';
import { addTrain } from './commands/train.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { failureOf } from './failure.js';
import { packageVersion } from './package-version.js';
import { columnsOf } from './terminal.js';

/**
 * Runs a command line (without `node` and the script) and gives the exit code. Whatever goes wrong is one line on
 * standard error.
 */
export async function runCli(args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    const failure = failureOf(error);
    if (failure.line !== null) process.stderr.write(`kantorovich: ${failure.line}\n`);
    return failure.exitCode;
  }
}

/** The commands; `setExit` is told how one ended that ran to its end. */
export function createProgram(setExit: (code: ExitCode) => void): Command {
  const program = new Command('kantorovich')
    .description('Trains encoders on pairs by contrastive and Wasserstein objectives.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureHelp({ optionDescription: describeOption })
    .configureOutput({
      // A wrong argument is one line, even with a suggestion on a second.
      outputError: (text, write) =>
        write(
          `kantorovich: ${text
            .trim()
            .replace(/^error: /, '')
            .replace(/\s*\n\s*/g, ' ')}\n`,
        ),
      getOutHelpWidth: () => Math.min(columnsOf(process.stdout), 100),
    })
    .addHelpText('after', '\nRun kantorovich <command> --help for its options and an example.');
  addTrain(program, setExit);
  addEmbed(program, setExit);
  addExport(program, setExit);
  addProbe(program, setExit);
  addAdapter(program, setExit);
  addBench(program, setExit);
  addStudy(program, setExit);
  return program;
}

/** What an option is, what it may be and what it is if not given, in plain words. */
function describeOption({ description, argChoices, defaultValue, defaultValueDescription }: Option): string {
  const choices = argChoices === undefined ? '' : `: ${argChoices.join(', ')}`;
  const fallback = defaultValueDescription ?? (typeof defaultValue === 'boolean' ? undefined : defaultValue);
  return `${description}${choices}${fallback === undefined ? '' : ` (default: ${fallback})`}`;
}
