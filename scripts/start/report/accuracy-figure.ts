import { percentText } from '../../../ts/cli/figures/html.js';
import type { FeatureResult } from '../results.js';
import { curvePlot } from './curve-plot.js';
import { figure } from './figure.js';
import { legend } from './legend.js';

/** What a linear probe reads from the embeddings, against training steps, beside what needs no training. */
export function accuracyFigure(models: readonly FeatureResult[], baselines: readonly FeatureResult[]): string {
  const curves = models.map(({ id, label, curve }) => ({
    id,
    label,
    points: curve.flatMap(({ step, probe }) => (probe === null ? [] : [{ step, value: probe }])),
  }));
  const levels = baselines.map(({ label, row }) => ({ value: row.probe, label: `${label} ${percentText(row.probe)}` }));
  const reached = [
    ...levels.map(({ value }) => value),
    ...curves.flatMap(({ points }) => points.map(({ value }) => value)),
  ];
  const picture = curvePlot({
    alt: `Curves of the probe accuracy of ${models.length} models against training steps; lines mark ${levels.map(({ label }) => label).join(', ')}.`,
    yLabel: 'digits read correctly',
    domain: [Math.floor(10 * Math.min(...reached) - 0.2) / 10, Math.ceil(10 * Math.max(...reached) + 0.2) / 10],
    format: (value) => `${Math.round(100 * value)} %`,
    curves,
    levels,
  });
  const text = {
    id: 'accuracy',
    title: 'What a linear probe reads',
    caption: `A linear softmax for each cell is fitted to the frozen embeddings of training drawings as training goes on;
shown is its mean accuracy over the cells on test drawings, which neither encoder nor probe has seen. Dotted: the same
probe on features that need no training.`,
  };
  return figure(text, legend(models) + picture);
}
