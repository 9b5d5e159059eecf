/** `npm run bench -- [SUITE...] [--quick] [--check] [--json FILE]`: this library and its peers, side by side. */
import { writeFile } from 'node:fs/promises';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { Remote } from './process/remote.js';
import { progressLine } from './progress.js';
import { type BenchRecord, benchRecord, ratios } from './record.js';
import { type EngineName, engineNames, openEngines } from './roster.js';
import { type Outcome, runCase } from './run.js';
import { loss } from './suites/loss.js';
import { step } from './suites/step.js';
import type { BenchCase, Suite } from './suites/suite.js';
import { table, timeCell } from './table.js';
import type { Effort } from './timing.js';

/** In the order in which they run; a new suite is one file and one entry here. */
const suites: readonly Suite[] = [loss, step];

interface Options {
  readonly quick?: boolean;
  readonly check?: boolean;
  readonly json?: string;
  readonly engines: readonly EngineName[];
}

type Measured = readonly [BenchCase, Outcome];

const quick: Effort = { rounds: 7, budget: 8_000 };
const thorough: Effort = { rounds: 15, budget: 60_000 };

try {
  await command().parseAsync();
} catch (error) {
  // An engine that died: its process is gone, and the others end when their stdin closes.
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

function command(): Command {
  const names = suites.map(({ name }) => name);
  return new Command('npm run bench --')
    .description(
      'Times this library and its peers on the same problems; answers are compared before anything is timed.',
    )
    .addArgument(new Argument('[suite...]', 'what to measure (default: everything)').choices(names))
    .option('--quick', 'fewer cases and rounds, under two minutes')
    .addOption(new Option('--check', 'tiny sizes, answers only, no timing').conflicts(['quick', 'json']))
    .option('--json <file>', 'also write the records there')
    .addOption(
      new Option('--engines <names>', `some of ${engineNames.join(',')}`)
        .argParser(parseEngines)
        .default(engineNames, 'all'),
    )
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .action(bench);
}

function parseEngines(text: string): readonly EngineName[] {
  const names = text.split(',');
  const known = engineNames.filter((name) => names.includes(name));
  if (known.length < names.length) throw new InvalidArgumentError(`Allowed are ${engineNames.join(', ')}.`);
  return known;
}

async function bench(names: readonly string[], options: Options): Promise<void> {
  const chosen = suites.filter(({ name }) => names.length === 0 || names.includes(name));
  const engines = await openEngines(options.engines);
  const records: BenchRecord[] = [];
  const faults: string[] = [];
  for (const suite of chosen) {
    const measured = await runSuite(suite, engines, options);
    console.log(options.check ? differenceTable(suite, engines, measured) : timeTable(suite, engines, measured));
    faults.push(...measured.flatMap(([, outcome]) => outcome.faults));
    records.push(...measured.map(([one, { ms }]) => benchRecord(suite.name, one.description, ms, engines)));
  }
  if (options.json) await writeFile(options.json, `${JSON.stringify(records, null, 2)}\n`);
  for (const fault of faults) console.error(`fault: ${fault}`);
  for (const engine of engines) engine.close();
  process.exitCode = faults.length > 0 ? 1 : 0;
}

async function runSuite(suite: Suite, engines: readonly Remote[], options: Options): Promise<readonly Measured[]> {
  const progress = progressLine(process.stderr);
  const extent = options.check ? 'check' : options.quick ? 'quick' : 'full';
  const effort = options.check ? null : options.quick ? quick : thorough;
  const cases = suite.cases(extent);
  const measured: Measured[] = [];
  for (const [index, one] of cases.entries()) {
    const head = `${suite.name} ${index + 1}/${cases.length} ${one.label}`;
    const outcome = await runCase(one, engines, effort, (state) => progress.show(`${head}: ${state}`));
    measured.push([one, outcome]);
  }
  progress.clear();
  return measured;
}

function timeTable(suite: Suite, engines: readonly Remote[], measured: readonly Measured[]): string {
  const rows = measured.map(([{ label }, { ms }]) => {
    const ratio = ratios(ms);
    return [label, ...engines.map(({ name }) => timeCell(ms.get(name), ratio[name]))];
  });
  const note = 'Medians, one thread each, all in turns; in brackets how many times as long as kantorovich.';
  return `\n${suite.title}\n${table(['case', ...engines.map(({ name }) => name)], rows)}\n${note}`;
}

function differenceTable(suite: Suite, engines: readonly Remote[], measured: readonly Measured[]): string {
  const rows = measured.map(([{ label }, { differences, reference }]) => [
    label,
    reference,
    ...engines.map(({ name }) => differences.get(name)?.toExponential(1) ?? '-'),
  ]);
  const header = ['case', 'against', ...engines.map(({ name }) => name)];
  return `\n${suite.name}: largest relative difference of the answers\n${table(header, rows)}`;
}
