/** `npm run bench -- [SUITE...]`: this library and its peers, side by side. `--help` has the options. */
import { writeFile } from 'node:fs/promises';
import { measureAdapters } from './adapters/measure.js';
import { adapterRecords, findingsTable, qualityTable } from './adapters/report.js';
import { measureCold } from './cold/cold.js';
import { packageSizes } from './cold/package-size.js';
import { coldAbout, coldRecords, coldTables } from './cold/report.js';
import { timeFigure } from './figure/time-figure.js';
import { header } from './header.js';
import { measureSuite, type Result } from './measure.js';
import { command, type Options } from './options.js';
import { measurePage } from './page/measure.js';
import { pageAbout, pageRecords, pageText } from './page/report.js';
import { unlimited } from './process/limits.js';
import type { Remote } from './process/remote.js';
import { type ProgressLine, progressLine } from './progress.js';
import { type BenchRecord, ours } from './record.js';
import { recordOf } from './record-of.js';
import { openEngines, roster } from './roster.js';
import { measureServerless } from './serverless/measure.js';
import { serverlessAbout, serverlessRecords, serverlessTables } from './serverless/report.js';
import { adapters } from './suites/adapters.js';
import { gemm } from './suites/gemm.js';
import { loss } from './suites/loss.js';
import { scale } from './suites/scale.js';
import { step } from './suites/step.js';
import type { Extent, Suite } from './suites/suite.js';
import { tfjs } from './suites/tfjs.js';
import { workers } from './suites/workers.js';
import { differenceTable, timedTables } from './tables.js';
import { countTensors } from './tfjs/count-tensors.js';
import { leakOf, tfjsRecords, tfjsTables } from './tfjs/report.js';
import { openVariants, workerRecords } from './workers/variants.js';

/** In the order in which they run; a new suite is one file and one entry here. The suites `cold`, `serverless` and `page` come last. */
const suites: readonly Suite[] = [gemm, loss, step, scale, adapters, workers, tfjs];

/** Suites that measure more than the times of their cases, or something else. */
const runners = new Map([
  [adapters, runAdapters],
  [workers, runWorkers],
  [tfjs, runTfjs],
]);

const abouts = new Map([
  ...suites.map(({ name, about }): [string, string] => [name, about]),
  ['cold', coldAbout],
  ['serverless', serverlessAbout],
  ['page', pageAbout],
]);

try {
  await command(abouts, bench).parseAsync();
} catch (error) {
  // The engines end when their stdin closes.
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

async function bench(names: readonly string[], options: Options): Promise<void> {
  const wanted = roster(options.python, options.turbo).filter(({ name }) => options.engines?.includes(name) ?? true);
  const { engines, absent } = await openEngines(wanted);
  console.log(header(engines, absent));
  const chosen = (name: string): boolean => names.length === 0 || names.includes(name);
  const extent = options.check ? 'check' : options.quick ? 'quick' : 'full';
  const progress = progressLine(process.stderr);
  const done: Done[] = [];
  for (const suite of suites.filter(({ name }) => chosen(name))) {
    const run = runners.get(suite) ?? runSuite;
    done.push(await run(suite, extent, engines, progress));
  }
  if (chosen('cold')) done.push(await runCold(extent, engines, progress));
  if (chosen('serverless')) done.push(await runServerless(extent, engines, progress));
  if (chosen('page')) done.push(await runPage(extent, engines, progress));
  for (const engine of engines) engine.close();
  const records = done.flatMap(({ records }) => records);
  if (options.json) await writeFile(options.json, `${JSON.stringify(records, null, 2)}\n`);
  if (options.figure) await writeFile(options.figure, timeFigure(records.filter(({ suite }) => suite === scale.name)));
  const faults = done.flatMap(({ faults }) => faults);
  for (const fault of faults) console.error(`fault: ${fault}`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

/** What is left of a suite when its tables are printed. */
interface Done {
  readonly records: readonly BenchRecord[];
  readonly faults: readonly string[];
}

async function runSuite(
  suite: Suite,
  extent: Extent,
  engines: readonly Remote[],
  progress: ProgressLine,
): Promise<Done> {
  const results = await measureSuite(suite, extent, engines, progress.show);
  progress.clear();
  const limits = extent === 'check' ? unlimited : suite.measurement[extent].limits;
  // Who can do none of a suite's cases has no column.
  const asked = engines.filter(({ name }) =>
    results.some(({ outcome: { differences, stopped } }) => differences.has(name) || stopped.has(name)),
  );
  const shown = { suite, results, limits, engines: asked.map(({ name }) => name) };
  console.log(extent === 'check' ? differenceTable(shown) : timedTables(shown));
  return {
    records: results.map((result) => recordOf(suite, result, engines)),
    faults: results.flatMap((result) => faultsOf(suite, result)),
  };
}

/** The times of training, and what comes of it. */
async function runAdapters(
  suite: Suite,
  extent: Extent,
  engines: readonly Remote[],
  progress: ProgressLine,
): Promise<Done> {
  const trained = await runSuite(suite, extent, engines, progress);
  if (!engines.some(({ name }) => name === ours)) return trained;
  const { qualities, findings, faults } = await measureAdapters(extent, progress.show);
  progress.clear();
  if (extent !== 'check') console.log(qualityTable(qualities));
  if (findings.length > 0) console.log(findingsTable(findings));
  return {
    records: adapterRecords(trained.records, qualities, findings, engines),
    faults: [...trained.faults, ...faults],
  };
}

/** This library beside itself: with workers, with one, and with none. */
async function runWorkers(
  suite: Suite,
  extent: Extent,
  engines: readonly Remote[],
  progress: ProgressLine,
): Promise<Done> {
  if (!engines.some(({ name }) => name === ours)) return { records: [], faults: [] };
  const variants = await openVariants();
  const measured = await runSuite(suite, extent, variants, progress);
  for (const variant of variants) variant.close();
  return { ...measured, records: workerRecords(measured.records) };
}

/** The times, those beside TensorFlow.js with our kernels, and whether tensors pile up. */
async function runTfjs(
  suite: Suite,
  extent: Extent,
  engines: readonly Remote[],
  progress: ProgressLine,
): Promise<Done> {
  const timed = await runSuite(suite, extent, engines, progress);
  const counts = await countTensors(extent, engines, progress.show);
  progress.clear();
  console.log(tfjsTables(timed.records, counts));
  return {
    records: tfjsRecords(timed.records, counts, engines),
    faults: [...timed.faults, ...counts.flatMap(leakOf)],
  };
}

async function runCold(extent: Extent, engines: readonly Remote[], progress: ProgressLine): Promise<Done> {
  const names = engines.map(({ name }) => name);
  const cold = await measureCold(extent, names, progress.show);
  progress.clear();
  const sizes = await packageSizes();
  if (extent !== 'check') console.log(coldTables(cold, sizes));
  return { records: coldRecords(cold, sizes, engines), faults: cold.faults };
}

async function runServerless(extent: Extent, engines: readonly Remote[], progress: ProgressLine): Promise<Done> {
  if (!engines.some(({ name }) => name === ours)) return { records: [], faults: [] };
  const figures = await measureServerless(extent, progress.show);
  progress.clear();
  if (extent !== 'check') console.log(serverlessTables(figures));
  return { records: serverlessRecords(figures, engines), faults: figures.faults };
}

async function runPage(extent: Extent, engines: readonly Remote[], progress: ProgressLine): Promise<Done> {
  if (!engines.some(({ name }) => name === ours)) return { records: [], faults: [] };
  const figures = await measurePage(extent, progress.show);
  progress.clear();
  if (extent !== 'check') console.log(pageText(figures));
  return { records: pageRecords(figures, engines), faults: figures?.faults ?? [] };
}

/** Wrong answers, and whatever fails: but not a peer that fails where the suite finds out how far it gets. */
function faultsOf({ order }: Suite, { one, outcome: { faults, stopped } }: Result): readonly string[] {
  const failed = [...stopped].filter(
    ([name, { reason }]) => reason === 'failed' && (order === 'interleaved' || name === ours),
  );
  return [...faults, ...failed.map(([name, { message }]) => `${one.label}: ${name}: ${message}`)];
}
