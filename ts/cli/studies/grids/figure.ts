import { type ChartSeries, linePanel } from '../../figures/line-panel.js';
import { seriesLook } from '../../figures/palette.js';
import { type Panel, svgSheet } from '../../figures/sheet.js';
import { METHODS } from '../methods.js';
import { accuracyAtEnd, type GridsRun, runsIn } from './outcome.js';
import type { Sweep } from './plan.js';
import { ALPHABETS, largestOmniglot, perCell, sweepsIn } from './tables.js';

const WIDTH = 330;
const HEIGHT = 270;

/** The study's figure: probe accuracy along each sweep, a line a method. */
export function gridsFigure(runs: readonly GridsRun[]): string {
  const sweeps = sweepsIn(runs).filter(({ levels }) => levels.length > 1);
  return svgSheet({
    alt: `Probe accuracy of ${METHODS.map(({ label }) => label).join('; ')} along ${sweeps.map(({ title }) => title.toLowerCase()).join(', ')}.`,
    title: 'What a linear probe reads, per cent',
    lines: [
      'Mean over seeds at equal steps; bars are the standard deviation. In the middle: 3 x 3 digits, n 64, pairs drawn afresh,',
      'fully connected encoders.',
    ],
    legend: METHODS.map(({ label }, i) => ({ label, look: seriesLook(i) })),
    columns: 3,
    panels: [...sweeps.map((sweep) => sweepPanel(runs, sweep)), ...cellPanel(runs)],
  });
}

function sweepPanel(runs: readonly GridsRun[], { title, levels }: Sweep): Panel {
  const series = METHODS.map(
    ({ id, label }, i): ChartSeries => ({
      label,
      look: seriesLook(i),
      points: levels.flatMap(({ cell }, x) => {
        const summary = accuracyAtEnd(runs, cell, id);
        if (summary === null) return [];
        return [{ x, y: 100 * summary.mean, deviation: summary.deviation === null ? null : 100 * summary.deviation }];
      }),
    }),
  );
  return namedPanel(
    title,
    levels.map(({ name }) => name),
    series,
  );
}

/** How each cell of the largest Omniglot grid is read. */
function cellPanel(runs: readonly GridsRun[]): readonly Panel[] {
  const cell = largestOmniglot(sweepsIn(runs));
  if (cell === null) return [];
  const series = METHODS.map(
    ({ id, label }, i): ChartSeries => ({
      label,
      look: seriesLook(i),
      points: perCell(runsIn(runs, cell, id)).map((share, x) => ({ x, y: 100 * share, deviation: null })),
    }),
  );
  const cells = Math.max(...series.map(({ points }) => points.length));
  const names = ALPHABETS.slice(0, cells).map((name) => name.replace(/ .*/, '').slice(0, 4));
  return [namedPanel(`Omniglot, ${cells} characters, by cell`, names, series)];
}

function namedPanel(title: string, names: readonly string[], series: readonly ChartSeries[]): Panel {
  const reached = series.flatMap(({ points }) => points.map(({ y }) => y));
  return linePanel({
    title,
    xLabel: '',
    xType: 'point',
    xNames: names,
    yDomain: [Math.max(0, Math.floor(Math.min(...reached) / 10) * 10 - 5), Math.min(100, Math.max(...reached) + 5)],
    series,
    width: WIDTH,
    height: HEIGHT,
  });
}
