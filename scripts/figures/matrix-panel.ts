import * as Plot from '@observablehq/plot';
import type { Panel } from '../../ts/cli/figures/sheet.js';
import { svgPlot } from '../../ts/cli/figures/svg-plot.js';

/** A small matrix as a picture. */
export interface MatrixPanel {
  readonly title: string;
  /** A line below the title. */
  readonly subtitle?: string;
  readonly rows: readonly (readonly number[])[];
  readonly rowNames: readonly string[];
  readonly columnNames: readonly string[];
  readonly format: (value: number) => string;
  /** The value of the strongest colour; signs have colours of their own. */
  readonly full: number;
}

const SIZE = { width: 232, height: 236 } as const;

/** The matrix with its numbers, each cell tinted by its value: warm above 0, cold below. */
export function matrixPanel({ title, subtitle, rows, rowNames, columnNames, format, full }: MatrixPanel): Panel {
  const cells = rows.flatMap((row, i) => row.map((value, j) => ({ value, row: rowNames[i], column: columnNames[j] })));
  const place = { x: 'column', y: 'row' } as const;
  const svg = svgPlot(title, {
    ...SIZE,
    marginTop: 58,
    marginLeft: 34,
    marginRight: 14,
    marginBottom: 26,
    style: { fontSize: '13px', background: 'transparent', color: 'var(--ink)' },
    x: { type: 'band', domain: [...columnNames], label: null, tickSize: 0, axis: 'bottom' },
    y: { type: 'band', domain: [...rowNames], label: null, tickSize: 0 },
    marks: [
      heading(title, -40, 600, 'var(--ink)'),
      heading(subtitle ?? '', -20, 400, 'var(--muted)'),
      Plot.cell(cells, {
        ...place,
        inset: 1.5,
        rx: 3,
        fill: ({ value }) => (value < 0 ? 'var(--series-0)' : 'var(--series-2)'),
        fillOpacity: ({ value }) => 0.06 + 0.6 * Math.min(1, Math.abs(value) / full),
      }),
      Plot.text(cells, { ...place, text: ({ value }) => format(value), fill: 'var(--ink)', fontSize: 13 }),
    ],
  });
  return { svg, ...SIZE };
}

function heading(text: string, dy: number, fontWeight: number, fill: string): Plot.Markish {
  return Plot.text([text], { frameAnchor: 'top-left', dx: -22, dy, fontSize: 13, fontWeight, fill });
}
