import { describe, expect, it } from 'vitest';
import { jsd, KantorovichError, nwj } from '../../ts/entries/node.js';
import { expectClose } from '../support/close.js';
import { builds } from '../support/library.js';
import { describeObjective } from '../support/objective-laws.js';
import { fromScores } from '../support/scores.js';

describeObjective('jsd');

describe.each(builds)('JSD in the $build build', ({ deterministic }) => {
  const scores = [
    [1.5, -0.5, 0.25],
    [0.75, 2, -1],
    [-0.25, 0.5, 1],
  ];

  it('reports NWJ of scores that are 1 higher', () => {
    const raised = scores.map((row) => row.map((score) => score + 1));
    const { value } = fromScores(jsd, scores, { deterministic });
    expectClose(value, fromScores(nwj, raised, { deterministic }).value, { absolute: 1e-6 });
  });

  it('climbs something else, whose slopes are bounded however far scores are', () => {
    const far = [
      [60, 50, -50],
      [-60, -60, 40],
      [0, 30, 90],
    ];
    const { dScores } = fromScores(jsd, far, { deterministic });
    const slope = (score: number) => 1 / (1 + Math.exp(-score));
    far.forEach((row, i) => {
      row.forEach((score, j) => {
        const right = i === j ? slope(-score) / 3 : -slope(score) / 6;
        expectClose(dScores[i][j], right, { relative: 2e-6, absolute: 1e-38 }, `(${i}, ${j})`);
      });
    });
  });

  it('is at rest where the critic is the log density ratio, and reports the mutual information there', () => {
    // Two symbols, equal with probability 3/4: the density ratio is 3/2 where they are equal, else 1/2. Candidates 0 and 1
    // are the positives, weighted as in the joint; 2 and 3 stand for the marginal.
    const [equal, other] = [Math.log(1.5), Math.log(0.5)];
    const x = [
      [equal, other],
      [other, equal],
    ];
    const y = [0, 1, 0, 1].map((symbol) => [1 - symbol, symbol]);
    const positives = {
      offsets: Uint32Array.from([0, 2, 4]),
      indices: Uint32Array.from([0, 1, 0, 1]),
      weights: Float32Array.from([0.75, 0.25, 0.25, 0.75]),
    };
    const { value, dX } = jsd(x, y, { positives, deterministic });
    expectClose(value, 0.75 * equal + 0.25 * other, { absolute: 1e-6 });
    expectClose(dX ?? [], [0, 0, 0, 0], { absolute: 1e-7 });
  });

  it('reports a finite number where exponentials leave single precision: off scores above 80 count as 80', () => {
    const scores = [
      [0, 300],
      [0, 0],
    ];
    const { value, dScores } = fromScores(jsd, scores, { deterministic });
    expectClose(value, 1 - (Math.exp(80) + 1) / 2, { relative: 1e-5 });
    const slopes = [
      [0.25, -0.5],
      [-0.25, 0.25],
    ];
    expectClose(dScores, slopes, { absolute: 1e-6 });
  });

  it('one pair is too few, and so is none', () => {
    expect(() => jsd([[1, 2]], [[0.5, -1]], { deterministic })).toThrow(/jsd compares .* at least 2 pairs/);
    expect(() => jsd([], [], { deterministic })).toThrow(KantorovichError);
  });
});
