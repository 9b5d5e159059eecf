import * as Plot from '@observablehq/plot';
import type { SeriesLook } from './palette.js';
import type { Panel } from './sheet.js';
import { svgPlot } from './svg-plot.js';

/** A measured point. */
export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  /** Drawn as a bar of this much up and down. */
  readonly deviation: number | null;
}

/** Points that belong together. */
export interface ChartSeries {
  readonly label: string;
  readonly look: SeriesLook;
  readonly points: readonly ChartPoint[];
  /** Drawn without symbols, dashed: what theory says. */
  readonly isTheory?: boolean;
}

/** One chart. */
export interface LinePanel {
  readonly title: string;
  readonly xLabel: string;
  readonly xType?: 'linear' | 'log' | 'point';
  /** Names of the places of a `point` axis, by x. */
  readonly xNames?: readonly string[];
  readonly yType?: 'linear' | 'log';
  readonly yDomain: readonly [number, number];
  readonly yFormat?: (value: number) => string;
  readonly series: readonly ChartSeries[];
  /** Lines across, with a word at their right end. */
  readonly levels?: readonly { readonly value: number; readonly label: string }[];
  readonly width: number;
  readonly height: number;
}

const MARGINS = { marginTop: 34, marginBottom: 42, marginLeft: 46, marginRight: 22 } as const;
const HALO = { stroke: 'var(--paper)', strokeWidth: 4 } as const;

/** The chart. A point outside of the vertical domain stands at its edge as a triangle, with its value. */
export function linePanel(panel: LinePanel): Panel {
  const { title, series, levels = [], width, height } = panel;
  const svg = svgPlot(title, {
    width,
    height,
    ...MARGINS,
    style: { fontSize: '12px', background: 'transparent', color: 'var(--ink)' },
    ...axes(panel),
    marks: [
      Plot.text([title], {
        frameAnchor: 'top-left',
        dx: -MARGINS.marginLeft + 8,
        dy: -26,
        fontSize: 13,
        fontWeight: 600,
      }),
      Plot.ruleY(levels, { y: 'value', stroke: 'var(--ink)', strokeDasharray: '2 4' }),
      Plot.text(levels, {
        x: () => xPlace(panel, Math.max(...series.flatMap(({ points }) => points.map(({ x }) => x)))),
        y: 'value',
        text: 'label',
        textAnchor: 'end',
        lineAnchor: 'bottom',
        dy: -3,
        fill: 'var(--muted)',
        ...HALO,
      }),
      series.map((each) => seriesMarks(each, panel)),
    ],
  });
  return { svg, width, height };
}

function axes(panel: LinePanel): Pick<Plot.PlotOptions, 'x' | 'y'> {
  const { xLabel, xType = 'linear', yType = 'linear', yDomain, yFormat, series } = panel;
  const places = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const shared = { label: xLabel, labelAnchor: 'center', labelArrow: 'none', tickSize: 0 } as const;
  const x: Plot.ScaleOptions =
    xType === 'point'
      ? { ...shared, type: 'point', domain: places.map((place) => xPlace(panel, place)), padding: 0.4 }
      : {
          ...shared,
          type: xType,
          ...(xType === 'log' && { base: 2, ticks: places }),
          tickFormat: (value: number) => value.toLocaleString('en'),
        };
  const y = { type: yType, label: null, domain: [...yDomain], tickSize: 0, ticks: 6, grid: true } as const;
  return { x, y: yFormat === undefined ? y : { ...y, tickFormat: yFormat } };
}

/** Where x stands: a number, or its name on an axis of names. */
function xPlace({ xType, xNames = [] }: LinePanel, x: number): number | string {
  return xType === 'point' ? (xNames[x] ?? String(x)) : x;
}

function seriesMarks({ look, points, isTheory = false }: ChartSeries, panel: LinePanel): Plot.Markish {
  const [low, high] = panel.yDomain;
  const clipped = (y: number) => Math.min(high, Math.max(low, y));
  const x = (point: ChartPoint) => xPlace(panel, point.x);
  const y = (point: ChartPoint) => clipped(point.y);
  if (isTheory) {
    const stroke = { stroke: look.colour, strokeWidth: 1.5, strokeDasharray: '6 4' };
    return Plot.line(points, { x, y: 'y', clip: true, ...stroke });
  }
  const inside = points.filter((point) => point.y === clipped(point.y));
  const outside = points.filter((point) => point.y !== clipped(point.y));
  const spread = points.filter(({ deviation }) => deviation !== null);
  const end = (sign: 1 | -1) => (point: ChartPoint) => clipped(point.y + sign * (point.deviation ?? 0));
  return [
    Plot.line(points, { x, y, stroke: look.colour, strokeWidth: 2 }),
    Plot.ruleX(spread, { x, y1: end(-1), y2: end(1), stroke: look.colour, strokeWidth: 1.5, strokeOpacity: 0.7 }),
    Plot.dot(inside, { x, y, symbol: look.symbol, fill: look.colour, stroke: 'var(--paper)', strokeWidth: 1, r: 4 }),
    Plot.dot(outside, {
      x,
      y,
      symbol: 'triangle',
      rotate: (point: ChartPoint) => (point.y < low ? 180 : 0),
      fill: look.colour,
      r: 5,
    }),
  ];
}
