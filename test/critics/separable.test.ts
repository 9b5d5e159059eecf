import { describe, expect, it } from 'vitest';
import { infoNCE, infoNCESymmetric, separable, squaredDistance, wdmAll } from '../../ts/entries/node.js';
import { at, type Rows, sum } from '../reference/linear-algebra.js';
import { loss } from '../reference/loss.js';
import { diagonalPairing } from '../reference/pairing.js';
import { expectClose } from '../support/close.js';
import { builds } from '../support/library.js';

/** The integer recipe of case K4: all scores are small whole numbers. */
function integers(n: number, d: number): { G: Rows; H: Rows } {
  const rows = (rule: (i: number, k: number) => number) =>
    Array.from({ length: n }, (_, i) => Array.from({ length: d }, (_, k) => rule(i, k)));
  return { G: rows((i, k) => ((3 * i + 5 * k) % 7) - 3), H: rows((j, k) => ((2 * j + 7 * k) % 5) - 2) };
}

describe.each(builds)('the separable critic in the $build build', ({ deterministic }) => {
  it('K4: no row, column or feature is lost at any size from 1 x 1 to 17 x 17', () => {
    for (let n = 1; n <= 17; n++) {
      for (let d = 1; d <= 17; d++) {
        const { G, H } = integers(n, d);
        const pairs = diagonalPairing(n);
        const what = `n ${n}, d ${d}`;
        const wide = { name: 'separable', temperature: 16 } as const;
        for (const [name, call] of [
          ['cpc', infoNCE],
          ['cpc-symmetric', infoNCESymmetric],
        ] as const) {
          const { value } = call(G, H, { critic: separable({ temperature: 16 }), deterministic });
          expectClose(value, loss(name, { G, H, critic: wide, pairs }), { absolute: 1e-5 }, what);
        }
        const { value } = wdmAll(G, H, { critic: separable({ temperature: 1 }), deterministic });
        const exact = loss('wdm-all', { G, H, critic: { name: 'separable', temperature: 1 }, pairs });
        expectClose(value, exact, { absolute: 1e-6, relative: 1e-6 }, what);
        const squared = infoNCE(G, H, { critic: squaredDistance({ temperature: 16 }), deterministic });
        const critic = { name: 'squared-distance', temperature: 16 } as const;
        expectClose(squared.value, loss('cpc', { G, H, critic, pairs }), { absolute: 1e-5 }, what);
      }
    }
  });

  it('K4: 13 pairs of 11 features have WDM -14/169, and the known last row of scores', () => {
    const { G, H } = integers(13, 11);
    expectClose(wdmAll(G, H, { critic: 'separable', deterministic }).value, -14 / 169, { absolute: 1e-6 });
    const expected = [-4, 13, -10, 2, -1, -4, 13, -10, 2, -1, -4, 13, -10];
    // One query: WDM over all of two candidates, the second one zero, is half the first one's score.
    const scores = H.map((h) => 2 * wdmAll([G[12]], [h, h.map(() => 0)], { critic: 'separable', deterministic }).value);
    expect(scores).toEqual(expected);
  });

  it('K4: inputs that start anywhere in a larger buffer give the same bits', () => {
    const { G, H } = integers(13, 11);
    const shifted = (rows: Rows, offset: number) => {
      const buffer = new Float32Array(rows.length * rows[0].length + offset);
      buffer.set(rows.flat(), offset);
      return { data: buffer.subarray(offset), rows: rows.length, cols: rows[0].length };
    };
    const call = (offset: number) =>
      infoNCE(shifted(G, offset), shifted(H, offset), { critic: separable({ temperature: 16 }), deterministic });
    const first = call(0);
    for (const offset of [1, 2, 3]) expect(call(offset)).toEqual(first);
  });

  it('gradients of WDM are differences of means, exact in closed form', () => {
    const { G, H } = integers(8, 4);
    const { dX } = wdmAll(G, H, { critic: 'separable', deterministic });
    const means = [0, 1, 2, 3].map((k) => sum(H.map((h) => h[k])) / 8);
    const expected = H.map((h, i) => h.map((_, k) => (at(H, i, k) - means[k]) / 8));
    expectClose(dX ?? [], expected, { absolute: 1e-7 });
  });
});
