import { svgSheet } from '../../ts/cli/figures/sheet.js';
import { COUNTS } from './letters.js';
import { matrixPanel } from './matrix-panel.js';

const LETTERS = ['a', 'b', 'c'];

/** The joint distribution of the three letters, the product of its marginals, and the logarithm of their ratio. */
export function twoDistributions(): string {
  const shared = { rowNames: LETTERS, columnNames: LETTERS } as const;
  const eighteenths = (value: number) => `${value}/18`;
  return svgSheet({
    alt: 'Three tables of 3 x 3: the joint distribution with 4/18 on the diagonal and 1/18 beside it, the product of its marginals with 2/18 everywhere, and the logarithm of their ratio, ln 2 on the diagonal and -ln 2 beside it.',
    title: 'Two distributions on the same nine pairs',
    lines: ['Rows: the letter that was sent, x. Columns: the letter that was heard, y.'],
    legend: [],
    columns: 3,
    panels: [
      matrixPanel({
        ...shared,
        title: 'Joint, p(x, y)',
        subtitle: 'pairs as they come',
        rows: COUNTS,
        format: eighteenths,
        full: 6,
      }),
      matrixPanel({
        ...shared,
        title: 'Product, p(x) p(y)',
        subtitle: 'pairs put together at random',
        rows: COUNTS.map((row) => row.map(() => 2)),
        format: eighteenths,
        full: 6,
      }),
      matrixPanel({
        ...shared,
        title: 'Logarithm of their ratio',
        subtitle: 'the best critic, in nats',
        rows: COUNTS.map((row) => row.map((count) => Math.log(count / 2))),
        format: (value) => `${value < 0 ? '−' : ''}ln 2`,
        full: 1.2,
      }),
    ],
  });
}
