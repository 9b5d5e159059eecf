import { escapeHtml } from './html.js';
import { type SeriesLook, styleSheet } from './palette.js';

/** A drawing of its own on a sheet: an SVG element's text. */
export interface Panel {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

/** Several panels under one title, as a file. */
export interface Sheet {
  /** What it shows, for those who do not see it. */
  readonly alt: string;
  readonly title: string;
  /** A line below the title each. */
  readonly lines: readonly string[];
  readonly legend: readonly { readonly label: string; readonly look: SeriesLook }[];
  /** Panels a row. */
  readonly columns: number;
  readonly panels: readonly Panel[];
}

const MARGIN = 16;
const TITLE = 26;
const LINE = 19;
const LEGEND = 26;
const FONT = "font-family=\"system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif\"";

/** The sheet as an SVG file that needs neither script nor network, light or dark as its reader's page. */
export function svgSheet({ alt, title, lines, legend, columns, panels }: Sheet): string {
  const top = MARGIN + TITLE + LINE * lines.length + (legend.length > 0 ? LEGEND : 0);
  const cell = {
    width: Math.max(...panels.map(({ width }) => width)),
    height: Math.max(...panels.map(({ height }) => height)),
  };
  const width = 2 * MARGIN + cell.width * Math.min(columns, panels.length);
  const height = top + cell.height * Math.ceil(panels.length / columns) + MARGIN;
  const text = (y: number, size: number, weight: number, colour: string, content: string) =>
    `<text x="${MARGIN}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${colour}">${escapeHtml(content)}</text>`;
  const placed = panels.map(({ svg }, i) => {
    const x = MARGIN + cell.width * (i % columns);
    const y = top + cell.height * Math.floor(i / columns);
    return svg.replace(/^<svg /, `<svg x="${x}" y="${y}" `);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(alt)}" ${FONT}>
<style>${styleSheet()}</style>
<rect width="100%" height="100%" fill="var(--paper)"/>
${text(MARGIN + 16, 17, 700, 'var(--ink)', title)}
${lines.map((line, i) => text(MARGIN + TITLE + 12 + LINE * i, 13, 400, 'var(--muted)', line)).join('\n')}
${legendMarks(legend, MARGIN + TITLE + LINE * lines.length + 10)}
${placed.join('\n')}
</svg>
`;
}

/** Rough: the fonts of readers differ. */
const LETTER = 7.2;

function legendMarks(legend: Sheet['legend'], y: number): string {
  let x = MARGIN;
  return legend
    .map(({ label, look }) => {
      const mark = `<circle cx="${x + 5}" cy="${y}" r="5" fill="${look.colour}"/><text x="${x + 15}" y="${y + 4.5}" font-size="13" fill="var(--ink)">${escapeHtml(label)}</text>`;
      x += 15 + LETTER * label.length + 18;
      return mark;
    })
    .join('\n');
}
