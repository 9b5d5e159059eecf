import { estimators, LEVELS } from './protocol.js';
import type { Level, RunResult } from './run.js';

/** Ours beside the published means, as Markdown: mean over seeds (and steps), in brackets the mean deviation of a seed. */
export function yardstickTable(results: readonly RunResult[]): string {
  const rows = estimators.flatMap(({ name, published }) => {
    const own = results.filter(({ estimator }) => estimator === name);
    if (own.length === 0) return [];
    const ours = (pick: (level: Level) => { mean: number; deviation: number } | null) =>
      LEVELS.map((_, at) => cell(own.flatMap(({ levels }) => pick(levels[at]) ?? [])));
    const lines = [
      row(
        name,
        own.length,
        ours((level) => level),
      ),
    ];
    if (name === 'rpc')
      lines.push(
        row(
          'rpc, ratio at the mean score',
          own.length,
          ours((level) => level.atMeanScore),
        ),
      );
    return [...lines, row(`${name}, published`, null, published.map(String))];
  });
  const head = [
    row('true mutual information', 'seeds', LEVELS.map(String)),
    `| --- | --- |${' --- |'.repeat(LEVELS.length)}`,
  ];
  return `${[...head, ...rows].join('\n')}\n`;
}

function row(name: string, seeds: number | string | null, cells: readonly string[]): string {
  return `| ${[name, seeds ?? '', ...cells].join(' | ')} |`;
}

function cell(summaries: readonly { readonly mean: number; readonly deviation: number }[]): string {
  const average = (pick: (summary: { mean: number; deviation: number }) => number) =>
    summaries.reduce((sum, summary) => sum + pick(summary), 0) / summaries.length;
  return `${average(({ mean }) => mean).toFixed(2)} (${average(({ deviation }) => deviation).toFixed(2)})`;
}
