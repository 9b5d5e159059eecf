import { describe, expect, it } from 'vitest';
import { expectClose } from '../support/close.js';
import { scalarDifference } from '../support/finite-differences.js';
import { type LossProblem, loss, lossGradients } from './loss.js';
import { diagonalPairing } from './pairing.js';
import { scores } from './scores.js';

/** The right values of shared/cases/cases.json, computed there in two independent ways. */
describe('reference: critics', () => {
  it('the bilinear weights are read by rows', () => {
    const critic = {
      name: 'bilinear',
      temperature: 1,
      weights: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    } as const;
    const G = [
      [1, 2],
      [0, -1],
    ];
    const H = [
      [1, 0, 2],
      [3, 1, -1],
    ];
    expect(scores(critic, G, H)).toEqual([
      [39, 24],
      [-16, -11],
    ]);
    const problem = { G, H, critic: { ...critic, temperature: 10 }, pairs: diagonalPairing(2) };
    expectClose(loss('cpc', problem), 0.3554020494785157, { absolute: 1e-12 });
  });

  it('distances are those of the differences, and a zero distance has the zero subgradient', () => {
    const problem: LossProblem = {
      G: [
        [1000, 1000],
        [1000.5, 1000],
      ],
      H: [
        [1000, 1000.25],
        [1000, 1000],
      ],
      critic: { name: 'distance', temperature: 1 },
      pairs: diagonalPairing(2),
    };
    expectClose(
      scores(problem.critic, problem.G, problem.H),
      [
        [-0.25, 0],
        [-0.5590169943749475, -0.5],
      ],
      { absolute: 1e-15 },
    );
    expectClose(loss('cpc', problem), -0.051859527332611344, { absolute: 1e-12 });
    expectClose(loss('wdm-all', problem), -0.04774575140626314, { absolute: 1e-12 });
    expectClose(loss('wdm', problem), -0.09549150281252627, { absolute: 1e-12 });
    expectClose(lossGradients('wdm', problem).dG[0], [0, 0.5], { absolute: 1e-6 });
  });

  it('the cosine divides by the temperature, and its derivative follows', () => {
    const direction = (cosine: number) => [cosine, Math.sqrt(1 - cosine * cosine)];
    const value = (temperature: number) => {
      const rows = [
        [0.5, 0.1],
        [-0.2, 0.9],
      ].map((row) => row.map((cosine) => cosine / temperature));
      return loss('cpc', {
        G: [
          [1, 0],
          [0, 1],
        ],
        H: [
          [rows[0][0], rows[1][0]],
          [rows[0][1], rows[1][1]],
        ],
        critic: { name: 'separable', temperature: 1 },
        pairs: diagonalPairing(2),
      });
    };
    expectClose(
      scores({ name: 'cosine', temperature: 0.07 }, [[3, 0]], [direction(0.5), direction(0.1)]),
      [7.142857142857143, 1.4285714285714286],
      { relative: 1e-14 },
    );
    expectClose(value(0.07), 0.6915005668744624, { absolute: 1e-12 });
    expectClose(scalarDifference(value, 0.07), -0.13420706953798436, { relative: 1e-8 });
    expectClose(
      scalarDifference((log) => value(Math.exp(log)), Math.log(0.07)),
      -0.009394494867658906,
      { relative: 1e-7 },
    );
  });

  it('a zero vector has cosine 0 and no gradient', () => {
    const problem: LossProblem = {
      G: [
        [0, 0],
        [3, 4],
      ],
      H: [
        [1, 0],
        [0, 2],
      ],
      critic: { name: 'cosine', temperature: 1 },
      pairs: diagonalPairing(2),
    };
    expectClose(loss('cpc', problem), 0.047504155589176755, { absolute: 1e-12 });
    expectClose(lossGradients('cpc', problem).dG[1], [-0.05041859230100248, 0.03781394422575185], { absolute: 1e-8 });
  });

  it('the cosine of very long and very short vectors is ordinary', () => {
    const G = [
      [3e20, 4e20],
      [1, 0],
    ];
    const H = [
      [3e-25, 4e-25],
      [0, 1e-25],
    ];
    const critic = { name: 'cosine', temperature: 1 } as const;
    expectClose(
      scores(critic, G, H),
      [
        [1, 0.8],
        [0.6, 0],
      ],
      { absolute: 1e-15 },
    );
    expectClose(loss('cpc', { G, H, critic, pairs: diagonalPairing(2) }), -0.12466622937379346, { absolute: 1e-12 });
  });

  it('one batch has the value and gradients of the closed form', () => {
    const problem: LossProblem = {
      G: [
        [1, 0],
        [0, 1],
        [1, 1],
        [-1, 0.5],
      ],
      H: [
        [0.5, 0.5],
        [0, 1],
        [1, 0],
        [-1, 1],
      ],
      critic: { name: 'separable', temperature: 1 },
      pairs: diagonalPairing(4),
    };
    const { dG, dH } = lossGradients('cpc', problem);
    expectClose(loss('cpc', problem), 0.37738750158043, { absolute: 1e-12 });
    expectClose(dG[0], [-0.01339703779070961, 0.029433959148048902], { absolute: 1e-8 });
    expectClose(dH[0], [0.13065204425990098, -0.1385873695503503], { absolute: 1e-8 });
  });

  it('integer scores of all sizes up to 17 have the known sums', () => {
    let total = 0;
    let magnitude = 0;
    let diagonal = 0;
    for (let n = 1; n <= 17; n++) {
      for (let d = 1; d <= 17; d++) {
        const G = Array.from({ length: n }, (_, i) => Array.from({ length: d }, (_, k) => ((3 * i + 5 * k) % 7) - 3));
        const H = Array.from({ length: n }, (_, j) => Array.from({ length: d }, (_, k) => ((2 * j + 7 * k) % 5) - 2));
        const S = scores({ name: 'separable', temperature: 1 }, G, H);
        S.forEach((row, i) => {
          diagonal += row[i];
          row.forEach((score) => {
            total += score;
            magnitude += Math.abs(score);
          });
        });
      }
    }
    expect([total, magnitude, diagonal]).toEqual([1568, 190062, 1515]);
  });
});
