/** `npm run bench -- [SUITE...]`: this library and its peers, side by side. `--help` has the options. */
import { writeFile } from 'node:fs/promises';
import { header } from './header.js';
import { measureSuite, type Result } from './measure.js';
import { command, type Options } from './options.js';
import { unlimited } from './process/limits.js';
import type { Remote } from './process/remote.js';
import { progressLine } from './progress.js';
import { type BenchRecord, ours } from './record.js';
import { recordOf } from './record-of.js';
import { openEngines, roster } from './roster.js';
import { gemm } from './suites/gemm.js';
import { loss } from './suites/loss.js';
import { scale } from './suites/scale.js';
import { step } from './suites/step.js';
import type { Extent, Suite } from './suites/suite.js';
import { differenceTable, timedTables } from './tables.js';

/** In the order in which they run; a new suite is one file and one entry here. */
const suites: readonly Suite[] = [gemm, loss, step, scale];

try {
  await command(
    suites.map(({ name }) => name),
    bench,
  ).parseAsync();
} catch (error) {
  // The engines end when their stdin closes.
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

async function bench(names: readonly string[], options: Options): Promise<void> {
  const wanted = roster(options.python).filter(({ name }) => options.engines?.includes(name) ?? true);
  const { engines, absent } = await openEngines(wanted);
  console.log(header(engines, absent));
  const extent = options.check ? 'check' : options.quick ? 'quick' : 'full';
  const records: BenchRecord[] = [];
  const faults: string[] = [];
  for (const suite of suites.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const results = await show(suite, extent, engines);
    records.push(...results.map((result) => recordOf(suite, result, engines)));
    faults.push(...results.flatMap((result) => faultsOf(suite, result)));
  }
  for (const engine of engines) engine.close();
  if (options.json) await writeFile(options.json, `${JSON.stringify(records, null, 2)}\n`);
  for (const fault of faults) console.error(`fault: ${fault}`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

async function show(suite: Suite, extent: Extent, engines: readonly Remote[]): Promise<readonly Result[]> {
  const progress = progressLine(process.stderr);
  const results = await measureSuite(suite, extent, engines, progress.show);
  progress.clear();
  const limits = extent === 'check' ? unlimited : suite.measurement[extent].limits;
  const shown = { suite, results, limits, engines: engines.map(({ name }) => name) };
  console.log(extent === 'check' ? differenceTable(shown) : timedTables(shown));
  return results;
}

/** Wrong answers, and whatever fails: but not a peer that fails where the suite finds out how far it gets. */
function faultsOf({ order }: Suite, { one, outcome: { faults, stopped } }: Result): readonly string[] {
  const failed = [...stopped].filter(
    ([name, { reason }]) => reason === 'failed' && (order === 'interleaved' || name === ours),
  );
  return [...faults, ...failed.map(([name, { message }]) => `${one.label}: ${name}: ${message}`)];
}
