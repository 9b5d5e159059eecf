import { svgSheet } from '../../ts/cli/figures/sheet.js';
import { donskerVaradhan } from '../../ts/objectives/donsker-varadhan.js';
import type { LossResult } from '../../ts/objectives/evaluate-loss.js';
import { infoNCE } from '../../ts/objectives/info-nce.js';
import { nwj } from '../../ts/objectives/nwj.js';
import { wdm } from '../../ts/objectives/wdm.js';
import type { MatrixLike } from '../../ts/wasm/matrix.js';
import { SCORES } from './letters.js';
import { matrixPanel } from './matrix-panel.js';

const OBJECTIVES: readonly (readonly [name: string, evaluate: (x: MatrixLike, y: MatrixLike) => LossResult])[] = [
  ['InfoNCE and WPC', infoNCE],
  ['WDM', wdm],
  ['DV', donskerVaradhan],
  ['NWJ', nwj],
];

/** The matrix of scores, and by each objective what its value gains by a rise of each score. */
export function scoreMatrix(): string {
  const n = SCORES.length;
  // With the rows of the identity for x, the row of y_j is the column j of the scores, and so is its gradient.
  const x = SCORES.map((_, i) => SCORES.map((_, k) => (i === k ? 1 : 0)));
  const y = SCORES.map((_, j) => SCORES.map((row) => row[j]));
  const names = { rowNames: ['x₁', 'x₂', 'x₃'], columnNames: ['y₁', 'y₂', 'y₃'] } as const;
  const gradients = OBJECTIVES.map(([title, evaluate]) => {
    const { value, dY } = evaluate(x, y);
    const rows = SCORES.map((_, i) => SCORES.map((_, j) => dY?.data[j * n + i] ?? 0));
    return matrixPanel({
      ...names,
      title,
      subtitle: `value ${value.toFixed(4)}`,
      rows,
      format: (share) => `${share < 0 ? '−' : ''}${Math.abs(share).toFixed(3)}`,
      full: 1 / n,
    });
  });
  return svgSheet({
    alt: 'The matrix of scores 3 1 0, 0 1 0, 1 1 2, and for InfoNCE, WDM, DV and NWJ the derivative of the value by each score: above 0 on the diagonal, below 0 beside it.',
    title: 'One matrix of scores, and where each objective pulls',
    lines: [
      'Right of the scores: the derivative of the value by each of them. Warm scores are pushed up, cold ones down.',
    ],
    legend: [],
    columns: 5,
    panels: [
      matrixPanel({
        ...names,
        title: 'Scores S',
        subtitle: 'pairs on the diagonal',
        rows: SCORES,
        format: String,
        full: 6,
      }),
      ...gradients,
    ],
  });
}
