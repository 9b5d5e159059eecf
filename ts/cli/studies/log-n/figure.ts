import { type ChartSeries, linePanel } from '../../figures/line-panel.js';
import { seriesLook, stepLook } from '../../figures/palette.js';
import { type Panel, svgSheet } from '../../figures/sheet.js';
import { axesOf, gaussianW2, groupsOf, type LogNGroup, type LogNRun, OBJECTIVE_NAMES, valueAt } from './table.js';

const WIDTH = 250;
const HEIGHT = 260;

/** The study's figure: each objective's value against the mutual information, one line a batch size. */
export function logNFigure(runs: readonly LogNRun[]): string {
  const { ns } = axesOf(runs);
  const groups = groupsOf(runs).filter(({ isExact, objective }) => !isExact || objective === 'cpc');
  // InfoNCE with the exact critic needs no training: where there is one, it is shown instead.
  const shown = groups.filter(
    ({ kind, objective, isExact }) =>
      isExact || !groups.some((other) => other.isExact && other.kind === kind && other.objective === objective),
  );
  return svgSheet({
    alt: `Values of InfoNCE, NWJ, DV and WDM against the mutual information for batches of ${ns.join(', ')}: InfoNCE flattens at log n, NWJ and DV scatter, WDM grows.`,
    title: 'What a batch of n can tell about x and y',
    lines: [
      'Mean over test batches and seeds; bars are the standard deviation of one batch. Dashed: the mutual information itself',
      '(of WDM on Gaussians: √2 W₂, which no critic with L = √2 can pass). Triangles stand for values beyond the frame.',
    ],
    legend: ns.map((n, i) => ({ label: `n ${n.toLocaleString('en')}`, look: stepLook(i, ns.length) })),
    columns: 4,
    panels: shown.map(panelOf),
  });
}

function panelOf(group: LogNGroup): Panel {
  const { nats, ns } = axesOf(group.runs);
  const series = ns.map(
    (n, i): ChartSeries => ({
      label: `n ${n}`,
      look: stepLook(i, ns.length),
      points: nats.flatMap((each) => {
        const summary = valueAt(group, each, n);
        return summary === null ? [] : [{ x: each, y: summary.mean, deviation: summary.deviation }];
      }),
    }),
  );
  const { objective } = group;
  return linePanel({
    title: titleOf(group),
    xLabel: 'mutual information, nats',
    yDomain: domainOf(group, series),
    series: [...series, ...theoryOf(group, nats)],
    levels: objective === 'cpc' ? ns.map((n) => ({ value: Math.log(n), label: `log ${n.toLocaleString('en')}` })) : [],
    width: WIDTH,
    height: HEIGHT,
  });
}

function titleOf({ objective, kind, isExact }: LogNGroup): string {
  const unit = objective === 'wdm' ? '' : ', nats';
  const critic = isExact ? ', exact critic' : '';
  return `${kind === 'gaussians' ? 'Gaussians' : 'Digits'}: ${OBJECTIVE_NAMES[objective]}${critic}${unit}`;
}

function domainOf({ objective }: LogNGroup, series: readonly ChartSeries[]): readonly [number, number] {
  if (objective === 'cpc') return [0, 10];
  if (objective === 'wdm') {
    return [0, 1.25 * Math.max(...series.flatMap(({ points }) => points.map(({ y }) => y)))];
  }
  return [-20, 42];
}

function theoryOf({ objective, kind }: LogNGroup, nats: readonly number[]): readonly ChartSeries[] {
  const look = seriesLook(5);
  const line = (value: (nats: number) => number): ChartSeries => ({
    label: 'theory',
    look,
    isTheory: true,
    points: nats.map((x) => ({ x, y: value(x), deviation: null })),
  });
  if (objective === 'wdm') return kind === 'gaussians' ? [line((each) => Math.SQRT2 * gaussianW2(each))] : [];
  return [line((each) => each)];
}
