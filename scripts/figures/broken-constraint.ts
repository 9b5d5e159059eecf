import { type ChartSeries, linePanel } from '../../ts/cli/figures/line-panel.js';
import { seriesLook } from '../../ts/cli/figures/palette.js';
import { svgSheet } from '../../ts/cli/figures/sheet.js';
import { gaussianW2 } from '../../ts/cli/studies/log-n/table.js';
import { gaussianPairs } from '../../ts/data/gaussian-pairs.js';
import { gradientPenalty, orthonormal, unconstrained } from '../../ts/lipschitz/lipschitz.js';
import { fit } from '../../ts/training/fit.js';
import type { FitOptions } from '../../ts/training/fit-options.js';

const [DIMENSIONS, NATS, STEPS, EVERY] = [20, 10, 1000, 25];

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact' });

const CRITICS: readonly (readonly [label: string, options: Partial<FitOptions>])[] = [
  ['no constraint', { critic: 'separable', lipschitz: unconstrained() }],
  ['gradient penalty, coefficient 1', { critic: 'separable', lipschitz: gradientPenalty({ coefficient: 1 }) }],
  ['orthonormal layers, divided by L = √2', { critic: 'distance', lipschitz: orthonormal() }],
];

/** WDM while critics are trained, with a constraint and without: only one of the two has somewhere to stop. */
export async function brokenConstraint(): Promise<string> {
  const series = await Promise.all(
    CRITICS.map(async ([label, options], i): Promise<ChartSeries> => {
      const points = await curve(options);
      return { label, look: seriesLook([0, 2, 4][i]), points };
    }),
  );
  return svgSheet({
    alt: 'WDM on held-out pairs against training steps on a logarithmic scale: without a constraint it grows by orders of magnitude, with the penalty and with orthonormal layers it stays below the closed form of W2.',
    title: 'What a critic that breaks the constraint does',
    lines: [
      `WDM on held-out pairs of correlated Gaussians (${DIMENSIONS} dimensions, ${NATS} nats) while its critic is trained; logarithmic.`,
      'Dotted: W₂ in closed form, which no 1-Lipschitz critic can pass.',
    ],
    legend: series.map(({ label, look }) => ({ label, look })),
    columns: 1,
    panels: [
      linePanel({
        title: '',
        xLabel: 'training steps',
        yType: 'log',
        yDomain: [0.3, 1e7],
        yFormat: (value) => (Number.isInteger(Math.log10(value)) ? COMPACT.format(value) : ''),
        series,
        levels: [{ value: gaussianW2(NATS), label: `W₂ = ${gaussianW2(NATS).toFixed(2)}` }],
        width: 720,
        height: 320,
      }),
    ],
  });
}

async function curve(options: Partial<FitOptions>): Promise<ChartSeries['points']> {
  const source = (split: 'train' | 'validation') => gaussianPairs({ dimensions: DIMENSIONS, nats: NATS, split });
  const { model, history } = await fit({
    pairs: source('train'),
    heldOut: source('validation'),
    objective: 'wdm',
    encoder: '128-64-32',
    learningRate: 1e-3,
    steps: STEPS,
    evaluateEvery: EVERY,
    deterministic: true,
    ...options,
  });
  const constant = model.certify('l2').constant ?? 1;
  model.dispose();
  return history.flatMap(({ step, heldOut }) =>
    heldOut === null ? [] : [{ x: step, y: heldOut.wdm / constant, deviation: null }],
  );
}
