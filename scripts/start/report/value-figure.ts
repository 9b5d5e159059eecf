import { numberText } from '../../../ts/cli/figures/html.js';
import type { FeatureResult, RunSettings } from '../results.js';
import { curvePlot } from './curve-plot.js';
import { figure } from './figure.js';
import { legend } from './legend.js';

const LEAST = -1;

/** The objectives on held-out pairs against training steps, under and over log n. */
export function valueFigure(models: readonly FeatureResult[], { batch, mutualInformation }: RunSettings): string {
  const logN = Math.log(batch);
  const curves = models.map(({ id, label, curve }) => ({ id, label, points: finitePoints(curve) }));
  const reached = curves.flatMap(({ points }) => points.map(({ value }) => value));
  const top = Math.max(logN, ...reached);
  const picture = curvePlot({
    alt: `Curves of the value of ${models.length} objectives on held-out pairs against training steps; a line marks log n, ${numberText(logN, 2)}.`,
    yLabel: 'value on held-out pairs',
    domain: [Math.min(0, ...reached), top * 1.15],
    format: (value) => numberText(value, 0),
    curves,
    levels: [{ value: logN, label: `log n = ${numberText(logN, 2)}` }],
    remark: `true mutual information: ${numberText(mutualInformation, 2)} nats, beyond this axis ↑`,
  });
  const text = {
    id: 'value',
    title: 'What each objective reaches',
    caption: `CPC’s value estimates mutual information from below and, like WPC’s, cannot exceed log n = log ${batch} =
${numberText(logN, 2)}; the data hold ${numberText(mutualInformation, 2)} nats. WDM’s is a difference of mean scores and has
no such ceiling. Values of different objectives measure different things and are not to be ranked against each other.`,
  };
  return figure(text, legend(models) + picture);
}

/** Values far below 0, which only a run that goes astray has, would flatten the others; what is not finite has no place. */
function finitePoints(curve: FeatureResult['curve']) {
  return curve.flatMap(({ step, value }) =>
    value !== null && Number.isFinite(value) && value >= LEAST ? [{ step, value }] : [],
  );
}
