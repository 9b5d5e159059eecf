import type { Result } from './measure.js';
import type { EngineStopped, Limits, Reason } from './process/limits.js';
import { ours, ratios } from './record.js';
import type { Suite } from './suites/suite.js';
import { numberText, table, timeCell } from './table.js';

/** What a suite's tables are about: the limits explain cells without a time. */
export interface Shown {
  readonly suite: Suite;
  readonly results: readonly Result[];
  readonly limits: Limits;
  /** Names, in the order of the columns. */
  readonly engines: readonly string[];
}

/** All tables of a suite that was timed, under its title. */
export function timedTables(shown: Shown): string {
  const { suite, results } = shown;
  const counted = suite.order === 'interleaved' && results.some(({ one }) => one.flops !== undefined);
  const parts = [counted ? speedTable(shown) : timeTable(shown)];
  if (results.some(({ one }) => one.baseline)) parts.push(baselineTable(shown));
  if (suite.order === 'apart') parts.push(memoryTable(shown));
  return [`\n${suite.title}: ${suite.about}`, ...parts, ...remarks(shown)].join('\n');
}

/** The largest relative difference of each answer, for a suite that was only checked. */
export function differenceTable({ suite, results, engines }: Shown): string {
  const baselines = results.flatMap(({ one: { baseline } }) => (baseline ? [baseline.name] : []));
  const columns = [...engines, ...new Set(baselines)];
  const rows = results.map(({ one: { label }, outcome: { differences, reference } }) => [
    label,
    reference,
    ...columns.map((name) => differences.get(name)?.toExponential(1) ?? '-'),
  ]);
  return `\n${suite.name}: largest relative difference of the answers\n${table(['case', 'against', ...columns], rows)}`;
}

function timeTable(shown: Shown): string {
  const cell = (name: string, { outcome: { ms } }: Result) =>
    ms.has(name) ? timeCell(ms.get(name), ratios(ms)[name]) : null;
  return `milliseconds (in brackets: how many times as long as ${ours})\n${byEngine(shown, cell, {})}`;
}

function speedTable(shown: Shown): string {
  const gflops = ({ one: { flops = 0 } }: Result, ms: number) => flops / ms / 1e6;
  const cell = (name: string, result: Result) => {
    const ms = result.outcome.ms.get(name);
    return ms === undefined ? null : timeCell(gflops(result, ms), ratios(result.outcome.ms)[name]);
  };
  const ofLimit = ({ outcome: { ms, limitMs } }: Result) => {
    const own = ms.get(ours);
    return limitMs === null || own === undefined ? '-' : `${Math.round((100 * limitMs) / own)} %`;
  };
  const more = {
    limit: (result: Result) => numberText(result.outcome.limitMs ? gflops(result, result.outcome.limitMs) : undefined),
    reached: ofLimit,
  };
  return [
    `GFLOP/s (in brackets: how many times as long as ${ours})`,
    byEngine(shown, cell, more),
    `limit: ${ours}'s innermost loop on operands in the L1 cache, in the same process; reached: its share of that`,
  ].join('\n');
}

function memoryTable(shown: Shown): string {
  const mebibytes = (bytes: number) => numberText(bytes / 2 ** 20);
  const cell = (name: string, { outcome: { memory } }: Result) => {
    const use = memory.get(name);
    return use ? mebibytes(use.peakBytes) : null;
  };
  const wasm = ({ outcome }: Result) => {
    const bytes = outcome.memory.get(ours)?.wasmBytes;
    return bytes === undefined ? '-' : mebibytes(bytes);
  };
  return `\npeak memory of the whole process, MiB\n${byEngine(shown, cell, { 'its wasm': wasm })}`;
}

/** A row a case, a column an engine, and the `more` columns: after ours what is about ours. */
function byEngine(
  { results, engines, limits }: Shown,
  cell: (name: string, result: Result) => string | null,
  more: Readonly<Record<string, (result: Result) => string>>,
): string {
  const [first, ...rest] = engines;
  const filled = (name: string, result: Result) => {
    const { stopped, differences } = result.outcome;
    const stop = stopped.get(name);
    const without = stop ? stopCell(stop.reason, limits) : differences.has(name) ? 'wrong' : '-';
    return cell(name, result) ?? without;
  };
  const rows = results.map((result) => [
    result.one.label,
    filled(first, result),
    ...(first === ours ? Object.values(more).map((column) => column(result)) : []),
    ...rest.map((name) => filled(name, result)),
  ]);
  return table(['case', first, ...(first === ours ? Object.keys(more) : []), ...rest], rows);
}

/** Our own time with what a case adds and without. */
function baselineTable({ results }: Shown): string {
  const rows = results.flatMap(({ one: { label, baseline }, outcome: { ms } }) => {
    const [own, without] = [ms.get(ours), baseline && ms.get(baseline.name)];
    return own === undefined || without === undefined
      ? []
      : [[label, numberText(own), numberText(without), `${numberText(own / without)}x`]];
  });
  return `\nwhat the exact gradient penalty costs: ${ours}'s own step with it and without, milliseconds\n${table(
    ['case', 'with', 'without', 'ratio'],
    rows,
  )}`;
}

function stopCell(reason: Reason, { milliseconds, bytes }: Limits): string {
  if (reason === 'failed') return 'failed';
  return reason === 'slow' ? `> ${milliseconds / 1000} s` : `> ${bytes / 2 ** 30} GiB`;
}

/** What the cells without a number mean, for those that there are. */
function remarks({ suite, results, limits, engines }: Shown): readonly string[] {
  const stops = results.flatMap(({ one, outcome }) =>
    [...outcome.stopped].map(([name, stop]) => ({ name, label: one.label, stop })),
  );
  const has = (reason: Reason) => stops.some(({ stop }) => stop.reason === reason);
  const apart = suite.order === 'apart';
  const left = apart ? 'left out, and of all larger cases' : 'left out';
  return [
    `Medians, ${suite.threads ?? 'one thread each'}, ${apart ? 'one engine after the other' : 'all in turns'}.`,
    ...(has('slow')
      ? [`${stopCell('slow', limits)}: too slow, one run takes longer${apart ? ' (or would)' : ''}; ${left}.`]
      : []),
    ...(has('large') ? [`${stopCell('large', limits)}: the process held more memory; ${left}.`] : []),
    ...firstOfEach(stops.filter(({ stop }) => stop.reason === 'failed')).map(
      ({ name, label, stop }) => `failed: ${name} at ${label}: ${stop.message.split('\n')[0].slice(0, 150)}`,
    ),
    ...(results.some(({ outcome }) => outcome.faults.length > 0)
      ? ['wrong: its answer differs, and was not timed.']
      : []),
    ...(results.some((result) => hasGap(result, engines))
      ? [`-: ${suite.gap ?? 'the engine has no way to do it'}.`]
      : []),
  ];
}

function hasGap({ outcome: { differences, stopped } }: Result, engines: readonly string[]): boolean {
  return engines.some((name) => !differences.has(name) && !stopped.has(name));
}

function firstOfEach<Stop extends { readonly stop: EngineStopped }>(stops: readonly Stop[]): readonly Stop[] {
  const seen = new Set<EngineStopped>();
  return stops.filter(({ stop }) => !seen.has(stop) && seen.add(stop));
}
