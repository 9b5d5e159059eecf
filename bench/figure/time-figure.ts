import * as Plot from '@observablehq/plot';
import { spread } from '../../scripts/start/report/series.js';
import { svgPlot } from '../../ts/cli/figures/svg-plot.js';
import { type BenchRecord, ours } from '../record.js';
import { lookOf, styleSheet } from './look.js';

/** A point of a line: how long one loss of n pairs takes. */
interface Point {
  readonly n: number;
  readonly ms: number;
}

interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

const width = 800;
const height = 520;
const margins = { marginTop: 78, marginBottom: 46, marginLeft: 68, marginRight: 122 };
const fontSize = 14;
const labelWidth = 105;

const style = {
  fontSize: `${fontSize}px`,
  fontFamily: 'system-ui, sans-serif',
  background: 'var(--paper)',
  color: 'var(--ink)',
};

const limitLook = { colour: 'var(--ink)', symbol: 'circle' } as const;

/** Text that stays legible across a line. */
const halo = { stroke: 'var(--paper)', strokeWidth: 5 };

/**
 * The records of the suite `scale` as an SVG file: time against n for every engine, both on logarithmic scales, and the
 * limit that this library's innermost loop sets.
 */
export function timeFigure(records: readonly BenchRecord[]): string {
  const lines = linesOf(records);
  const limit = { name: 'limit', points: limitOf(records) };
  const svg = svgPlot(altText(lines), {
    width,
    height,
    ...margins,
    style,
    ...axes([...lines, limit].flatMap(({ points }) => points)),
    marks: [limitMarks(limit.points), lines.toReversed().map(lineMarks), labels([...lines, limit]), headings(records)],
  });
  return svg
    .replace(/^<svg /, '<svg xmlns="http://www.w3.org/2000/svg" ')
    .replace('<style>', `<style>${styleSheet()}\n`);
}

function axes(points: readonly Point[]): Pick<Plot.PlotOptions, 'x' | 'y'> {
  return {
    x: {
      type: 'log',
      base: 2,
      ticks: ticksOf(points),
      tickFormat: (n: number) => n.toLocaleString('en'),
      tickSize: 0,
      label: 'pairs in the batch, n',
      labelAnchor: 'center',
      labelArrow: 'none',
    },
    y: {
      type: 'log',
      domain: [...domainOf(points)],
      ticks: decades(points),
      tickFormat: durationText,
      tickSize: 0,
      label: null,
      grid: true,
    },
  };
}

function linesOf(records: readonly BenchRecord[]): readonly Line[] {
  const names = [...new Set(records.flatMap(({ ms }) => Object.keys(ms)))];
  return names.map((name) => ({
    name,
    points: records.flatMap((record) => (name in record.ms ? [{ n: sizeOf(record), ms: record.ms[name] }] : [])),
  }));
}

/** What our time would be, were all of it the innermost loop. */
function limitOf(records: readonly BenchRecord[]): readonly Point[] {
  return records.flatMap((record) => {
    const { ms, gflops = {} } = record;
    const reached = gflops[ours] / gflops.limit;
    return Number.isFinite(reached) ? [{ n: sizeOf(record), ms: ms[ours] * reached }] : [];
  });
}

function sizeOf(record: BenchRecord): number {
  return Number(record.case.n);
}

/** Every n, or every other where they are many. */
function ticksOf(points: readonly Point[]): readonly number[] {
  const sizes = [...new Set(points.map(({ n }) => n))].sort((a, b) => a - b);
  return sizes.length > 5 ? sizes.filter((_, index) => index % 2 === 0) : sizes;
}

/** All times, and a little room. */
function domainOf(points: readonly Point[]): readonly [number, number] {
  const times = points.map(({ ms }) => ms);
  return [0.7 * Math.min(...times), 1.6 * Math.max(...times)];
}

/** The powers of ten among all times. */
function decades(points: readonly Point[]): readonly number[] {
  const [first, last] = domainOf(points).map(Math.log10);
  const count = Math.floor(last) - Math.ceil(first) + 1;
  return Array.from({ length: count }, (_, index) => 10 ** (Math.ceil(first) + index));
}

function durationText(ms: number): string {
  if (ms < 1) return `${Math.round(1000 * ms)} µs`;
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
}

function lineMarks({ name, points }: Line): Plot.Markish {
  const { colour, symbol, width, dash } = lookOf(name);
  return [
    Plot.line(points, { x: 'n', y: 'ms', stroke: colour, strokeWidth: width, strokeDasharray: dash }),
    Plot.dot(points, { x: 'n', y: 'ms', symbol, fill: colour, stroke: 'var(--paper)', strokeWidth: 1, r: 4.5 }),
  ];
}

function limitMarks(points: readonly Point[]): Plot.Markish {
  return Plot.line(points, { x: 'n', y: 'ms', stroke: 'var(--ink)', strokeWidth: 1.5, strokeDasharray: '2 4' });
}

/** Names where lines end, moved apart where several end at the same n and over the lines that go on. */
function labels(lines: readonly Line[]): Plot.Markish {
  const [low, high] = domainOf(lines.flatMap(({ points }) => points)).map(Math.log10);
  const gap = ((high - low) / (height - margins.marginTop - margins.marginBottom)) * (fontSize + 3);
  const ends = lines.flatMap(({ name, points }) => points.slice(-1).map(({ n, ms }) => ({ name, n, ms })));
  return [...new Set(ends.map(({ n }) => n))].flatMap((n) => {
    const here = ends.filter((end) => end.n === n);
    const wanted = here.map(({ ms }) => Math.log10(ms));
    const places = spread(wanted, gap, clearOf(lines, n) ?? low, high);
    return here.map(({ name }, index) => label(name, n, 10 ** places[index], places[index] - wanted[index] > gap));
  });
}

/** Above what lines that go on from n reach, growing as n², beneath a label that begins there; null where none does. */
function clearOf(lines: readonly Line[], n: number): number | null {
  const sizes = lines.flatMap(({ points }) => points.map(({ n }) => n));
  const octaves = Math.log2(Math.max(...sizes) / Math.min(...sizes));
  const labelOctaves = (labelWidth / (width - margins.marginLeft - margins.marginRight)) * octaves;
  const later = lines.filter(({ points }) => points.some((point) => point.n > n));
  const times = later.flatMap(({ points }) => points.filter((point) => point.n === n).map(({ ms }) => ms));
  return times.length === 0 ? null : Math.log10(Math.max(...times) * 4 ** labelOctaves);
}

/** With the engine's symbol, where it stands `away` from the line's end. */
function label(name: string, n: number, ms: number, away: boolean): Plot.Markish {
  const { colour, symbol } = name === 'limit' ? limitLook : lookOf(name);
  const place = { x: n, y: ms };
  const fontWeight = name === ours ? 700 : 400;
  return [
    Plot.text([place], {
      x: 'x',
      y: 'y',
      text: () => name,
      textAnchor: 'start',
      dx: away ? 24 : 10,
      fill: colour,
      fontWeight,
      ...halo,
    }),
    away ? Plot.dot([place], { x: 'x', y: 'y', symbol, dx: 14, fill: colour, r: 4.5 }) : null,
  ];
}

function headings(records: readonly BenchRecord[]): Plot.Markish {
  const line = (text: string, dy: number, options: Plot.TextOptions) =>
    Plot.text([text], {
      frameAnchor: 'top-left',
      textAnchor: 'start',
      dx: -margins.marginLeft + 14,
      dy,
      lineWidth: 100,
      ...options,
    });
  const [
    {
      runtime,
      case: { d },
    },
  ] = records;
  return [
    line(`One InfoNCE loss of n pairs with all its gradients, d = ${d}`, -64, { fontSize: 17, fontWeight: 700 }),
    line(
      `One thread, ${runtime.cpu}, Node ${runtime.node}. A line ends where its engine fails or gets too slow.`,
      -41,
      {
        fill: 'var(--muted)',
      },
    ),
    line(
      'limit: the matrix products alone, at the speed of kantorovich’s innermost loop on operands in the L1 cache',
      -22,
      {
        fill: 'var(--muted)',
        fontSize: 12.5,
      },
    ),
  ];
}

function altText(lines: readonly Line[]): string {
  const ends = lines.map(({ name, points }) => `${name} up to n ${points[points.length - 1].n}`);
  return `Time of one loss against the number of pairs, on logarithmic scales: ${ends.join(', ')}; and the limit.`;
}
