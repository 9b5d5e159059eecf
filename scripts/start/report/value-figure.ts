import type { FeatureResult, RunSettings } from '../results.js';
import { curvePlot } from './curve-plot.js';
import { figure } from './figure.js';
import { numberText } from './html.js';
import { legend } from './legend.js';

/** The objectives on held-out pairs against training steps, under and over log n. */
export function valueFigure(models: readonly FeatureResult[], { batch, mutualInformation }: RunSettings): string {
  const logN = Math.log(batch);
  const curves = models.map(({ id, label, curve }) => ({ id, label, points: finitePoints(curve) }));
  const top = Math.max(logN, ...curves.flatMap(({ points }) => points.map(({ value }) => value)));
  const picture = curvePlot({
    alt: `Curves of the value of ${models.length} objectives on held-out pairs against training steps; a line marks log n, ${numberText(logN, 2)}.`,
    yLabel: 'value on held-out pairs',
    domain: [0, top * 1.15],
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

/** Values that lie below the axis or are not finite have no place on it. */
function finitePoints(curve: FeatureResult['curve']) {
  return curve.flatMap(({ step, value }) =>
    value !== null && Number.isFinite(value) && value >= 0 ? [{ step, value }] : [],
  );
}
