/** A text table: the first column to the left, the others to the right, two spaces between. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]);
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

/** A number, and a ratio in brackets where that is known: `72.1 (44.4x)`. */
export function timeCell(ms: number | undefined, ratio: number | undefined): string {
  if (ms === undefined) return '-';
  return ratio === undefined ? numberText(ms) : `${numberText(ms)} (${numberText(ratio)}x)`;
}

/** Three significant digits, never in exponent form; a dash for none. */
export function numberText(value: number | undefined): string {
  if (value === undefined) return '-';
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
