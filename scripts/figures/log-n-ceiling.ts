import { type ChartSeries, linePanel } from '../../ts/cli/figures/line-panel.js';
import { seriesLook, stepLook } from '../../ts/cli/figures/palette.js';
import { svgSheet } from '../../ts/cli/figures/sheet.js';
import { exactCritic } from '../../ts/cli/studies/log-n/exact-critic.js';
import { gaussianPairs } from '../../ts/data/gaussian-pairs.js';
import { collectPairs } from '../../ts/data/pairs.js';
import { infoNCE } from '../../ts/objectives/info-nce.js';

const DIMENSIONS = 20;
const SIZES = [16, 64, 256, 1024];
const NATS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20];
const BATCHES = 4;

/** InfoNCE of the best critic there is against the mutual information: it never passes log n. */
export async function logNCeiling(): Promise<string> {
  const series = await Promise.all(
    SIZES.map(
      async (n, i): Promise<ChartSeries> => ({
        label: `n ${n}`,
        look: stepLook(i, SIZES.length),
        points: await Promise.all(
          NATS.map(async (nats) => ({ x: nats, y: await meanValue(nats, n), deviation: null })),
        ),
      }),
    ),
  );
  const truth: ChartSeries = {
    label: 'the mutual information itself',
    look: seriesLook(5),
    isTheory: true,
    points: NATS.map((nats) => ({ x: nats, y: nats, deviation: null })),
  };
  return svgSheet({
    alt: `InfoNCE of the exact critic against the mutual information for batches of ${SIZES.join(', ')}: each line follows the diagonal and then flattens at log n.`,
    title: 'The ceiling log n',
    lines: [
      `InfoNCE of the exact critic, the logarithm of the density ratio, on correlated Gaussians of ${DIMENSIONS} dimensions;`,
      'nothing here is due to training. Dashed: the mutual information itself. Dotted: log n.',
    ],
    legend: series.map(({ label, look }) => ({ label, look })),
    columns: 1,
    panels: [
      linePanel({
        title: '',
        xLabel: 'mutual information, nats',
        yDomain: [0, 9],
        series: [...series, truth],
        levels: SIZES.map((n) => ({ value: Math.log(n), label: `log ${n.toLocaleString('en')}` })),
        width: 720,
        height: 320,
      }),
    ],
  });
}

/** The mean over some batches. */
async function meanValue(nats: number, n: number): Promise<number> {
  const critic = exactCritic(DIMENSIONS, nats);
  const source = gaussianPairs({ dimensions: DIMENSIONS, nats, split: 'test' });
  let sum = 0;
  for (let seed = 1; seed <= BATCHES; seed++) {
    const { x, y } = await collectPairs(source, n, seed);
    sum += infoNCE(critic.x(x), critic.y(y), { gradients: 'none', deterministic: true }).value;
  }
  return sum / BATCHES;
}
