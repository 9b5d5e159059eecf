import type { Remote } from '../process/remote.js';
import { type BenchRecord, benchRecord, ours } from '../record.js';
import { numberText, table } from '../table.js';
import type { Finding } from './findings.js';
import { measures, type Quality, ways } from './quality.js';

/** What the fits came to, in plain text. */
export function qualityTable(all: readonly Quality[]): string {
  const rows = all.flatMap(({ set, seeds, improved, means, spreads, seconds }) =>
    measures.map((measure, at) => [
      at === 0 ? set : '',
      measure,
      ...ways.map((way) => means[way][measure].toFixed(3)),
      seeds > 1 ? spreads.adapted[measure].toFixed(3) : '-',
      ...(at === 0 ? [`${improved} of ${seeds}`, numberText(seconds.wall), numberText(seconds.cpu)] : ['', '', '']),
    ]),
  );
  const head = ['set', 'metric', ...ways, 'spread', 'passed', 'seconds', 'CPU s'];
  return [
    '\nWhat adapters find: test queries, a quarter, over the whole corpus; means over seeds 0, 1, ...',
    table(head, rows),
    'spread: standard deviation of adapted over seeds; passed: its verdict; seconds: a fit with baselines and evaluation',
  ].join('\n');
}

/** What else was found, a line each. */
export function findingsTable(findings: readonly Finding[]): string {
  const lines = findings.map(({ description, metrics }) => {
    const what = Object.entries(description)
      .map(([name, value]) => (name === 'what' ? value : `${name} ${value}`))
      .join(', ');
    const values = Object.entries(metrics).map(([name, value]) => `${name} ${valueText(value)}`);
    return `${what}: ${values.join(', ')}`;
  });
  return `\nWhat else is measured\n${lines.join('\n')}`;
}

/** Times of training, joined with what fits of the same set came to, and a record for each finding. */
export function adapterRecords(
  trained: readonly BenchRecord[],
  all: readonly Quality[],
  findings: readonly Finding[],
  engines: readonly Pick<Remote, 'name' | 'version'>[],
): readonly BenchRecord[] {
  const own = engines.filter(({ name }) => name === ours);
  const sets = all.map(({ set, seeds, improved, means, spreads, seconds }) => {
    const empty = benchRecord({ suite: 'adapters', case: { set }, ms: new Map() }, own);
    const record = trained.find((one) => one.case.set === set) ?? empty;
    return { ...record, metrics: { ...means, spread: spreads.adapted, seeds, improved, seconds } };
  });
  const rest = findings.map(({ description, metrics }) => ({
    ...benchRecord({ suite: 'adapters', case: description, ms: new Map() }, own),
    metrics,
  }));
  return [...sets, ...rest];
}

function valueText(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value > 1 ? numberText(value) : value.toFixed(3);
}
