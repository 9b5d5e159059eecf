import * as Plot from '@observablehq/plot';
import { escapeHtml } from '../../../ts/cli/figures/html.js';
import { svgPlot } from '../../../ts/cli/figures/svg-plot.js';
import { seriesOf } from './series.js';

/** Names of the models with the colours and shapes they are drawn in; for screens too narrow for labels at the curves. */
export function legend(models: readonly { readonly id: string; readonly label: string }[]): string {
  const items = models.map(({ id, label }) => `<li>${swatch(id)} ${escapeHtml(label)}</li>`);
  return `<ul class="legend narrow">${items.join('')}</ul>`;
}

function swatch(id: string): string {
  const { colour, symbol } = seriesOf(id);
  return svgPlot('', {
    width: 28,
    height: 14,
    margin: 0,
    axis: null,
    marks: [
      Plot.ruleY([0], { stroke: colour, strokeWidth: 2 }),
      Plot.dot([0], { frameAnchor: 'middle', symbol, fill: colour, r: 4 }),
    ],
  });
}
