import type { ResultRow } from '../../ts/cli/result-row.js';
import { columns, DAGGER } from './columns.js';

/** The table of results for a terminal; columns that are wider than `width` together are left unwrapped. */
export function resultTable(rows: readonly ResultRow[]): string {
  const cells = [columns.map(({ head }) => head), ...rows.map((row) => columns.map(({ cell }) => cell(row)))];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i].length)));
  const lines = cells.map((line) =>
    line
      .map((cell, i) => aligned(cell, widths[i], columns[i].isText))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  const marked = lines.some((line) => line.includes('†')) ? [DAGGER] : [];
  return [lines[0], rule, ...lines.slice(1), ...marked].join('\n');
}

function aligned(cell: string, width: number, isText: boolean): string {
  return isText ? cell.padEnd(width) : cell.padStart(width);
}
