import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs, scoreMatrix } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { matrixDifferences } from '../support/finite-differences.js';
import { mean, type Rows, scale, sum } from './linear-algebra.js';
import { estimates, type ObjectiveName, objectives } from './loss.js';
import { RELATIVE } from './objectives/rpc.js';
import { diagonalPairing, type Pairing, pairing, pairingOfKept } from './pairing.js';

const square = (scores: Rows) => diagonalPairing(scores.length);
const value = (name: ObjectiveName, scores: Rows, pairs: Pairing = square(scores)) =>
  (estimates[name] ?? objectives[name])(scores, pairs);
const gradient = (name: ObjectiveName, scores: Rows) =>
  matrixDifferences((moved) => objectives[name](moved, square(moved)), scores);

/** The right values of shared/cases/cases.json, computed there in two independent ways. */
describe('reference: objectives on given score matrices', () => {
  it('small temperatures and scores near 1000 neither overflow nor underflow', () => {
    const cosines = [
      [1, -1, 0.5],
      [0.25, 1, -0.5],
      [-0.75, 0.125, 1],
    ];
    const rolled = cosines.map(([a, b, c]) => [b, c, a]);
    const sharp = cosines.map((row) => scale(row, 100));
    const wrong = rolled.map((row) => scale(row, 100));
    expectClose(value('cpc', sharp), 1.0986122886681098, { relative: 1e-12 });
    expectClose(value('cpc', wrong), -173.9013877113319, { relative: 1e-12 });
    expectClose(value('dv', sharp), 51.79175946921417, { relative: 1e-12 });
    expectClose(value('dv', wrong), -174.30685281944005, { relative: 1e-12 });
    expectClose(
      value('cpc', [
        [10000, 0],
        [0, -10000],
      ]),
      -4999.30685281944,
      { relative: 1e-12 },
    );
    expectClose(
      value('cpc', [
        [-1000, -1000.5],
        [-1001, -1000],
      ]),
      0.2994778447107806,
      { absolute: 1e-12 },
    );
  });

  it('rows are x against all y, the symmetric form is half the sum of both', () => {
    const scores = [
      [0, 50, -30],
      [10, 2, 80],
      [-5, 7, -60],
    ];
    const columns = scores.map((_, j) => scores.map((row) => row[j]));
    expectClose(value('cpc', scores), -63.90138975939638, { relative: 1e-12 });
    expectClose(value('cpc', columns), -64.90140294626109, { relative: 1e-12 });
    expectClose(value('cpc-symmetric', scores), -64.40139635282874, { relative: 1e-12 });
  });

  it('own scores of 30 leave no trace in the sum over the off pairs', () => {
    const scores = [
      [30, 0.5, -1],
      [0.25, 31, 1],
      [-0.5, 2, 29],
    ];
    expectClose(value('dv', scores), 29.151667338371354, { relative: 1e-12 });
    expectClose(value('nwj', scores), 29.14072591928371, { relative: 1e-12 });
    expectClose(value('wdm', scores), 29.625, { relative: 1e-12 });
    const third = 1 / 3;
    const expected = [
      [third, -0.117644003879614, -0.02624992542616077],
      [-0.09162124234509877, third, -0.19396217156664802],
      [-0.04327881040440339, -0.527243846378075, third],
    ];
    expectClose(gradient('dv', scores), expected, { absolute: 1e-7 });
  });

  const counted = [
    [1.5, -0.5, 0.25, 0],
    [0.75, 2, -1, 0.5],
    [-0.25, 0.5, 1, -0.75],
    [0, -1.5, 0.5, 3],
  ];
  it.each([
    ['cpc', 0.9358735031361288, [0.09802156666206321, -0.02056804432164634, -0.04593124763500448]],
    ['cpc-symmetric', 0.9293174041734054, [0.10713978229324972, -0.017967509101214495, -0.054553248056060086]],
    ['wdm-all', 1.5, [0.1875, -0.0625, -0.0625]],
    ['wdm', 2, [0.25, -1 / 12, -1 / 12]],
    ['nwj', 1.4827210516989349, [0.25, -0.01859418001236915, -0.0649000652559504]],
    ['dv', 1.8107820894520643, [0.25, -0.04740040242510935, -0.16544366078533762]],
  ] as const)('%s counts its terms and normalises by their number', (name, expected, slopes) => {
    expectClose(value(name, counted), expected, { absolute: 1e-12 });
    const [[first, second], [third]] = gradient(name, counted);
    expectClose([first, second, third], slopes, { absolute: 1e-8 });
  });
});

describe('reference: objectives in general', () => {
  it('equal scores carry no information, whatever the positives, weights and exclusions', () => {
    const pairs = pairing(
      [
        [
          { candidate: 0, weight: 0.25 },
          { candidate: 2, weight: 0.75 },
        ],
        [{ candidate: 1, weight: 1 }],
      ],
      4,
      [7, 8, 7, 8],
    );
    // What is 0 at one constant only has its optimum there: NWJ at 1, JSD and SMILE at 0, RPC where the ratio is 1.
    const { alpha, beta, gamma } = RELATIVE;
    const constants: Partial<Record<ObjectiveName, number>> = { jsd: 0, smile: 0, rpc: (1 - alpha) / (beta + gamma) };
    for (const name of Object.keys(objectives) as ObjectiveName[]) {
      const score = constants[name] ?? 1;
      const equal = [0, 1].map(() => [score, score, score, score]);
      expectClose(value(name, equal, pairs), 0, { absolute: 1e-15 }, name);
    }
  });

  it('excluded pairs are those that carry the id of a positive without being one', () => {
    const pairs = pairing(
      [
        [{ candidate: 0, weight: 1 }],
        [
          { candidate: 1, weight: 0.5 },
          { candidate: 3, weight: 0.5 },
        ],
      ],
      5,
      [4, 5, 4, 6, 5],
    );
    expect(pairs.kept[0]).toEqual([0, 1, 3, 4]);
    expect(pairs.kept[1]).toEqual([0, 1, 2, 3]);
    expect(pairs.off).toEqual([
      [0, 1],
      [0, 3],
      [0, 4],
      [1, 0],
      [1, 2],
    ]);
  });

  it('a masked row counts only its kept candidates', () => {
    const positives = [0, 1, 2].map((candidate) => [{ candidate, weight: 1 }]);
    const kept = [
      [0, 1],
      [0, 1, 2],
      [1, 2],
    ];
    const pairs = pairingOfKept(positives, kept);
    const scores = [
      [9, 2, 9],
      [1, 8, -3],
      [9, 0, 7],
    ];
    expectClose(value('cpc', scores, pairs), 0.82738519, { absolute: 1e-8 });
  });

  it('weights of a column are those of its rows, renormalised; columns without a positive are skipped', () => {
    const pairs = pairing(
      [
        [
          { candidate: 0, weight: 0.2 },
          { candidate: 1, weight: 0.8 },
        ],
        [
          { candidate: 1, weight: 0.4 },
          { candidate: 0, weight: 0.6 },
        ],
      ],
      3,
    );
    const scores = [
      [1, 2, 50],
      [3, 5, -50],
    ];
    const column = (a: number, b: number, weight: number) =>
      weight * a + (1 - weight) * b - Math.log(Math.exp(a) + Math.exp(b)) + Math.log(2);
    const byColumns = mean([column(1, 3, 0.25), column(2, 5, 2 / 3)]);
    expectClose(value('cpc-symmetric', scores, pairs), (value('cpc', scores, pairs) + byColumns) / 2, {
      absolute: 1e-12,
    });
  });

  it('InfoNCE is at most ln n, and ln(m / P) with P equal positives', () => {
    fc.assert(
      fc.property(scoreMatrix(30), ({ scores, n }) => {
        expect(value('cpc', scores)).toBeLessThanOrEqual(Math.log(n) + 1e-12);
        const two = scores.map((_, i) => [i, (i + 1) % n].map((candidate) => ({ candidate, weight: 0.5 })));
        expect(value('cpc', scores, pairing(two, n))).toBeLessThanOrEqual(Math.log(n / 2) + 1e-12);
      }),
      runs,
    );
  });

  it('InfoNCE is at most (1 - 1/n) (mean of the joint - mean of the off pairs), which is WDM over all pairs', () => {
    fc.assert(
      fc.property(scoreMatrix(2), ({ scores, n }) => {
        expect(value('cpc', scores)).toBeLessThanOrEqual((1 - 1 / n) * value('wdm', scores) + 1e-12);
        expectClose(value('wdm-all', scores), (1 - 1 / n) * value('wdm', scores), { absolute: 1e-12 });
      }),
      runs,
    );
  });

  it('gradients of InfoNCE, WDM and Donsker-Varadhan do not change with a constant: they sum to 0', () => {
    fc.assert(
      fc.property(scoreMatrix(2, fc.constantFrom(2, 3, 5)), ({ scores }) => {
        for (const name of ['cpc', 'cpc-symmetric', 'wdm', 'wdm-all', 'dv'] as const) {
          expectClose(sum(gradient(name, scores).flat()), 0, { absolute: 1e-7 }, name);
        }
        for (const row of gradient('cpc', scores)) expectClose(sum(row), 0, { absolute: 1e-8 });
      }),
      runs,
    );
  });
});
