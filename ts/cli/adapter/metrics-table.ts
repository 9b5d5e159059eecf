import type { MetricName } from '../../adapters/retrieval/metrics.js';
import { formatFigure } from '../format.js';

/** One column of figures. */
export interface MetricsColumn {
  readonly name: string;
  readonly metrics: Readonly<Partial<Record<MetricName, number>>>;
}

/** A line for each metric, a column for each set of figures; names of metrics are those of the first. */
export function metricsTable(columns: readonly MetricsColumn[]): string {
  const names = Object.keys(columns[0]?.metrics ?? {}) as MetricName[];
  const label = Math.max(...names.map((name) => name.length));
  const cells = (values: readonly string[]) =>
    values.map((value, i) => `  ${value.padStart(Math.max(5, columns[i].name.length))}`).join('');
  const lines = names.map((name) => {
    const values = columns.map(({ metrics }) => formatFigure(metrics[name] ?? Number.NaN));
    return `${name.padEnd(label)}${cells(values)}`;
  });
  return `${[`${' '.repeat(label)}${cells(columns.map(({ name }) => name))}`, ...lines].join('\n')}\n`;
}
