/** Mean and spread of repeated measurements. */
export interface Summary {
  readonly count: number;
  readonly mean: number;
  /** Standard deviation of one measurement, by count - 1; null of a single one. */
  readonly deviation: number | null;
}

/** Mean and standard deviation; null of no values. */
export function summarise(values: readonly number[]): Summary | null {
  const count = values.length;
  if (count === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { count, mean, deviation: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count, mean, deviation: Math.sqrt(squares / (count - 1)) };
}

/** `mean ± deviation`, or the mean alone of a single measurement; `—` of none. */
export function summaryText(summary: Summary | null, format: (value: number) => string): string {
  if (summary === null) return '—';
  const { mean, deviation } = summary;
  return deviation === null ? format(mean) : `${format(mean)} ± ${format(deviation)}`;
}

/** A number to three figures, or two decimals where those are more; large ones as a power of ten. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (size >= 1e5) return value.toExponential(1).replace('e+', 'e');
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}
