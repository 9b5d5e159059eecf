import * as Plot from '@observablehq/plot';
import { svgPlot } from '../../../ts/cli/figures/svg-plot.js';
import { seriesOf, spread } from './series.js';

/** One model's curve. */
export interface Curve {
  readonly id: string;
  readonly label: string;
  readonly points: readonly { readonly step: number; readonly value: number }[];
}

/** A level drawn across the picture, such as the ceiling log n. */
export interface Level {
  readonly value: number;
  readonly label: string;
}

/** Curves against training steps. */
export interface CurvePlot {
  readonly alt: string;
  readonly yLabel: string;
  readonly domain: readonly [number, number];
  readonly format: (value: number) => string;
  readonly curves: readonly Curve[];
  readonly levels: readonly Level[];
  /** Set in the upper left corner. */
  readonly remark?: string;
}

interface Frame {
  readonly className: string;
  readonly width: number;
  readonly height: number;
  readonly fontSize: number;
  readonly marginRight: number;
  readonly ticks: number;
  readonly labelsAtEnds: boolean;
  /** Where the remark breaks, in ems. */
  readonly remarkWidth: number;
}

const WIDE: Frame = {
  className: 'wide',
  width: 740,
  height: 380,
  fontSize: 13,
  marginRight: 168,
  ticks: 5,
  labelsAtEnds: true,
  remarkWidth: 40,
};
const NARROW: Frame = {
  className: 'narrow',
  width: 350,
  height: 300,
  fontSize: 12,
  marginRight: 14,
  ticks: 3,
  labelsAtEnds: false,
  remarkWidth: 20,
};

/** Text that stays legible across a curve. */
const HALO = { fill: 'var(--ink)', stroke: 'var(--paper)', strokeWidth: 4 };
const MARGIN_TOP = 34;
const MARGIN_BOTTOM = 40;

/** The picture twice, for wide and for narrow screens: the style sheet shows the one that fits. */
export function curvePlot(plot: CurvePlot): string {
  return [WIDE, NARROW].map((frame) => `<div class="${frame.className}">${drawCurves(plot, frame)}</div>`).join('\n');
}

function drawCurves(plot: CurvePlot, frame: Frame): string {
  return svgPlot(plot.alt, {
    width: frame.width,
    height: frame.height,
    marginTop: MARGIN_TOP,
    marginBottom: MARGIN_BOTTOM,
    marginLeft: 44,
    marginRight: frame.marginRight,
    style: { fontSize: `${frame.fontSize}px` },
    ...axes(plot, frame),
    marks: [
      Plot.ruleY(plot.levels, { y: 'value', stroke: 'var(--ink)', strokeDasharray: '2 4' }),
      plot.curves.map(curveMarks),
      levelLabels(plot, frame),
      endLabels(plot, frame),
      remarkMark(plot, frame),
    ],
  });
}

function axes({ curves, yLabel, domain, format }: CurvePlot, { ticks }: Frame): Pick<Plot.PlotOptions, 'x' | 'y'> {
  const lastStep = Math.max(1, ...curves.flatMap(({ points }) => points.map(({ step }) => step)));
  return {
    x: {
      domain: [0, lastStep],
      label: 'training steps',
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks,
      tickFormat: (step: number) => step.toLocaleString('en'),
      tickSize: 0,
    },
    y: {
      label: yLabel,
      labelArrow: 'none',
      domain: [...domain],
      tickFormat: format,
      tickSize: 0,
      ticks: 6,
      grid: true,
    },
  };
}

function levelLabels({ levels }: CurvePlot, { labelsAtEnds }: Frame): Plot.Markish {
  return Plot.text(levels, {
    x: () => 0,
    y: 'value',
    text: 'label',
    textAnchor: 'start',
    lineAnchor: 'bottom',
    dy: -4,
    dx: labelsAtEnds ? 6 : 2,
    ...HALO,
  });
}

function curveMarks({ id, points }: Curve): Plot.Markish {
  const { colour, symbol } = seriesOf(id);
  const marked = points.filter((_, i) => points.length < 12 || i % 4 === 3 || i === points.length - 1);
  return [
    Plot.lineY(points, { x: 'step', y: 'value', stroke: colour, strokeWidth: 2, curve: 'monotone-x' }),
    Plot.dot(marked, { x: 'step', y: 'value', symbol, fill: colour, stroke: 'var(--paper)', strokeWidth: 1, r: 4 }),
  ];
}

/** The curves' names where they end, moved apart where they would overlap. */
function endLabels({ curves, domain }: CurvePlot, { height, fontSize, labelsAtEnds }: Frame): Plot.Markish {
  if (!labelsAtEnds) return null;
  const unit = (domain[1] - domain[0]) / (height - MARGIN_TOP - MARGIN_BOTTOM);
  const ended = curves.filter(({ points }) => points.length > 0);
  const places = spread(
    ended.map(({ points }) => points[points.length - 1].value),
    unit * (fontSize + 4),
    ...domain,
  );
  return ended.map(({ id, label, points }, i) => {
    const { colour } = seriesOf(id);
    const end = points[points.length - 1];
    return Plot.text([end], {
      x: 'step',
      y: () => places[i],
      text: () => label,
      textAnchor: 'start',
      dx: 10,
      fill: colour,
    });
  });
}

function remarkMark({ remark }: CurvePlot, { remarkWidth }: Frame): Plot.Markish {
  if (remark === undefined) return null;
  return Plot.text([remark], { frameAnchor: 'top-left', dx: 6, dy: 4, lineWidth: remarkWidth, ...HALO });
}
