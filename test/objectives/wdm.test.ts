import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bilinear, KantorovichError, wdm, wdmAll } from '../../ts/entries/node.js';
import { runs, seed, sizeFromTwo } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { builds } from '../support/library.js';
import { describeObjective } from '../support/objective-laws.js';
import { normalRows, seededRandom } from '../support/random.js';
import { fromScores } from '../support/scores.js';

describeObjective('wdm');
describeObjective('wdm-all');

describe.each(builds)('WDM in the $build build', ({ deterministic }) => {
  it('O2: the off form keeps its precision beside large own scores', () => {
    const scores = [
      [30, 0.5, -1],
      [0.25, 31, 1],
      [-0.5, 2, 29],
    ];
    expectClose(fromScores(wdm, scores, { deterministic }).value, 29.625, { absolute: 1e-5 });
  });

  it('O3: the marginal is all n² pairs, or the n(n-1) off pairs', () => {
    const scores = [
      [1.5, -0.5, 0.25, 0],
      [0.75, 2, -1, 0.5],
      [-0.25, 0.5, 1, -0.75],
      [0, -1.5, 0.5, 3],
    ];
    const all = fromScores(wdmAll, scores, { deterministic });
    expectClose(all.value, 1.5, { absolute: 1e-6 });
    expectClose([all.dScores[0][0], all.dScores[0][1]], [0.1875, -0.0625], { absolute: 1e-6 });
    const off = fromScores(wdm, scores, { deterministic });
    expectClose(off.value, 2, { absolute: 1e-6 });
    expectClose([off.dScores[0][0], off.dScores[0][1]], [0.25, -1 / 12], { absolute: 1e-6 });
  });

  it('O3: 8,192 equal pairs carry no information with any critic', () => {
    const rows = { data: new Float32Array(8192 * 4).map((_, k) => (k % 4 === 0 ? 1 : 0)), rows: 8192, cols: 4 };
    for (const critic of ['separable', 'cosine', 'distance'] as const) {
      for (const call of [wdm, wdmAll]) {
        expectClose(
          call(rows, rows, { deterministic, gradients: 'none', critic }).value,
          0,
          { absolute: 1e-4 },
          critic,
        );
      }
    }
  });

  it('O4: one pair has WDM 0 over all pairs; the off form says that it needs two', () => {
    const options = { critic: 'separable', deterministic } as const;
    const all = wdmAll([[1, 2]], [[0.5, -1]], options);
    expectClose(all.value, 0, { absolute: 0 });
    expectClose(all.dX ?? [], [0, 0], { absolute: 0 });
    expectClose(all.dY ?? [], [0, 0], { absolute: 0 });
    expect(() => wdm([[1, 2]], [[0.5, -1]], options)).toThrow(/at least 2 pairs/);
    expect(() => wdm([], [], options)).toThrow(KantorovichError);
  });

  it('the form without an n x m matrix equals that of brute force over all pairs', () => {
    fc.assert(
      fc.property(sizeFromTwo, sizeFromTwo, seed, (n, width, from) => {
        const random = seededRandom(from);
        const [x, y] = [normalRows(random, n, width), normalRows(random, n, width)];
        const weights = normalRows(random, width, width, 1 / width);
        const score = (i: number, j: number) =>
          x[i].reduce((a, xi, k) => a + xi * weights[k].reduce((b, w, l) => b + w * y[j][l], 0), 0);
        let own = 0;
        let all = 0;
        for (let i = 0; i < n; i++) {
          own += score(i, i) / n;
          for (let j = 0; j < n; j++) all += score(i, j) / n ** 2;
        }
        const off = (all * n ** 2 - own * n) / (n * (n - 1));
        const options = { critic: bilinear({ weights, temperature: 1 }), deterministic };
        expectClose(wdmAll(x, y, options).value, own - all, { absolute: 1e-5 });
        expectClose(wdm(x, y, options).value, own - off, { absolute: 1e-5 });
      }),
      runs,
    );
  });
});
