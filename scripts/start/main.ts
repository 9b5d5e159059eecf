// What `npm start` runs.
import '../../ts/entries/node.js';
import { join } from 'node:path';
import { EXIT, type ExitCode } from '../../ts/cli/exit-codes.js';
import { failureOf } from '../../ts/cli/failure.js';
import { jsonLine } from '../../ts/cli/json-lines.js';
import { createProgress, silentProgress } from '../../ts/cli/progress.js';
import { interruptible } from '../../ts/cli/signals.js';
import { endOnClosedPipe } from '../../ts/cli/terminal.js';
import { parseOptions, type StartOptions } from './options.js';
import type { StartResults } from './results.js';
import { runStart } from './run.js';
import { resultTable } from './table.js';

endOnClosedPipe();
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<ExitCode> {
  try {
    return await start(parseOptions(args));
  } catch (error) {
    const { line, exitCode } = failureOf(error);
    if (line !== null) process.stderr.write(`npm start: ${line}\n`);
    return exitCode;
  }
}

async function start(options: StartOptions): Promise<ExitCode> {
  const progress = options.json ? silentProgress() : createProgress(process.stderr);
  const { signal, exitCode } = interruptible(progress.stop);
  const report = (model: string, figures: { readonly [name: string]: number }) => {
    if (options.json) process.stdout.write(jsonLine({ model, ...figures }));
  };
  try {
    const results = await runStart({ options, progress, signal, report });
    progress.stop();
    process.stdout.write(options.json ? jsonEnd(results, options) : plainEnd(results, options));
    return EXIT.ok;
  } catch (error) {
    progress.stop();
    const code = exitCode();
    if (code === null) throw error;
    const reason = 'stopped; finished models are kept, and the same command goes on with the others';
    if (options.json) process.stdout.write(jsonLine({ done: false, reason }));
    else process.stderr.write(`${reason}\n`);
    return code;
  }
}

function plainEnd({ models, baselines }: StartResults, { out }: StartOptions): string {
  const table = resultTable([...models, ...baselines].map(({ row }) => row));
  return `\n${table}\n\nreport: ${join(out, 'report.html')}\nresults: ${join(out, 'results.json')}\n`;
}

function jsonEnd({ models, baselines }: StartResults, { out }: StartOptions): string {
  const rows = [...models, ...baselines].map(({ row }) => ({ ...row }));
  return jsonLine({ done: true, results: rows, report: join(out, 'report.html') });
}
