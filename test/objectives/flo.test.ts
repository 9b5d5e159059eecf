import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flo, infoNCE } from '../../ts/entries/node.js';
import { runs, scoreMatrix } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { builds } from '../support/library.js';
import { describeObjective } from '../support/objective-laws.js';
import { fromScores } from '../support/scores.js';

describeObjective('flo');

describe.each(builds)('FLO in the $build build', ({ deterministic }) => {
  it('is no smaller than it is at any other u, and above InfoNCE', () => {
    fc.assert(
      fc.property(scoreMatrix(2), fc.double({ min: -4, max: 4, noNaN: true }), ({ scores, n }, shift) => {
        const { value } = fromScores(flo, scores, { deterministic });
        const means = scores.map(
          (row, i) => row.reduce((sum, s, j) => sum + (i === j ? 0 : Math.exp(s - row[i])), 0) / (n - 1),
        );
        const at = (u: number, mean: number) => 1 - u - Math.exp(-u) * mean;
        const elsewhere = means.reduce((sum, mean) => sum + at(Math.log(mean) + shift, mean), 0) / n;
        expect(value).toBeGreaterThanOrEqual(elsewhere - 1e-5);
        // K terms with the positive among them against K - 1 without: ln(1 + x) bounds apart.
        const { value: bounded } = fromScores(infoNCE, scores, { deterministic });
        const gap = means.reduce((sum, mean) => sum + Math.log((1 + (n - 1) * mean) / (n * mean)), 0) / n;
        expectClose(value - bounded, gap, { absolute: 1e-5 });
      }),
      runs,
    );
  });

  it('is not capped at ln n', () => {
    const { value } = fromScores(
      flo,
      [
        [30, 0],
        [0, 30],
      ],
      { deterministic },
    );
    expectClose(value, 30, { absolute: 1e-5 });
  });

  it('does not change when all scores of a query are raised', () => {
    const scores = [
      [1.5, -0.5, 0.25],
      [0.75, 2, -1],
      [-0.25, 0.5, 1],
    ];
    const raised = scores.map((row, i) => row.map((score) => score + 10 * i));
    const [plain, moved] = [scores, raised].map((each) => fromScores(flo, each, { deterministic }));
    expectClose(moved.value, plain.value, { absolute: 1e-5 });
    expectClose(moved.dScores, plain.dScores, { absolute: 1e-6 });
  });

  it('a query without a mismatched candidate is left out, and all of them are too few', () => {
    const y = [[0.5], [0.25], [-1]];
    const { value, dX } = flo([[1], [2]], y, { positives: [[0, 2], [1]], yIds: [1, 1, 2], deterministic });
    expectClose(value, 2.5, { absolute: 1e-6 });
    expectClose(dX ?? [], [0, 1.25], { absolute: 1e-6 });
    expect(() => flo([[1, 2]], [[0.5, -1]], { deterministic })).toThrow(/flo compares .* at least 2 pairs/);
  });
});
