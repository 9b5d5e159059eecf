import * as Plot from '@observablehq/plot';
import { escapeHtml, percentText } from '../../../ts/cli/figures/html.js';
import { svgPlot } from '../../../ts/cli/figures/svg-plot.js';
import type { FeatureResult, Scatter } from '../results.js';
import { figure } from './figure.js';

const PANEL = 240;

/** Test embeddings in the plane, each item drawn as the digit in its middle cell. */
export function embeddingFigure(results: readonly FeatureResult[]): string {
  const panels = results.flatMap((result) => (result.scatter === null ? [] : [panel(result, result.scatter)]));
  const text = {
    id: 'embeddings',
    title: 'Embeddings, by the digit in the middle cell',
    caption: `Each mark is one test grid, drawn as the digit in its middle cell, in the plane that separates these ten
digits best (linear discriminants of the 64 numbers, fitted to validation grids). The other eight cells pull the marks
about: a clear cluster means that the middle digit stands in the embedding by itself. The figure beside each name is the
probe’s accuracy on this cell; it uses all directions, the picture only two.`,
  };
  return figure(text, `<div class="panels">${panels.join('\n')}</div>`);
}

function panel({ label, probeByCell }: FeatureResult, scatter: Scatter): string {
  const middle = probeByCell[Math.floor(probeByCell.length / 2)] ?? null;
  return `<div class="panel"><h4>${escapeHtml(label)} <span class="figure">${percentText(middle)}</span></h4>
${drawScatter(`Test embeddings of ${label}, marked by the digit in the middle cell.`, scatter)}</div>`;
}

function drawScatter(alt: string, { x, y, digits }: Scatter): string {
  const items = digits.map((digit, i) => ({ x: x[i], y: y[i], digit }));
  return svgPlot(alt, {
    width: PANEL,
    height: PANEL,
    margin: 8,
    axis: null,
    style: { fontSize: '9px', fontWeight: '600' },
    marks: [
      Plot.frame({ stroke: 'var(--rule)', inset: -7, rx: 3 }),
      Plot.text(items, {
        x: 'x',
        y: 'y',
        text: 'digit',
        fill: ({ digit }: { digit: number }) => `var(--digit-${digit})`,
      }),
    ],
    // The channel gives colours, not names that a scale turns into colours.
    color: { type: 'identity' },
  });
}
