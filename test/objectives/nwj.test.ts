import { describe, expect, it } from 'vitest';
import { KantorovichError, nwj } from '../../ts/entries/node.js';
import { expectClose } from '../support/close.js';
import { builds } from '../support/library.js';
import { describeObjective } from '../support/objective-laws.js';
import { fromScores } from '../support/scores.js';

describeObjective('nwj');

describe.each(builds)('NWJ in the $build build', ({ deterministic }) => {
  it('O2: own scores of 30 leave no trace in the sum over the off pairs', () => {
    const scores = [
      [30, 0.5, -1],
      [0.25, 31, 1],
      [-0.5, 2, 29],
    ];
    expectClose(fromScores(nwj, scores, { deterministic }).value, 29.14072591928371, { absolute: 1e-5 });
  });

  it('O3: terms are counted and shifted as defined', () => {
    const scores = [
      [1.5, -0.5, 0.25, 0],
      [0.75, 2, -1, 0.5],
      [-0.25, 0.5, 1, -0.75],
      [0, -1.5, 0.5, 3],
    ];
    const { value, dScores } = fromScores(nwj, scores, { deterministic });
    expectClose(value, 1.4827210516989349, { absolute: 1e-6 });
    const slopes = [dScores[0][0], dScores[0][1], dScores[1][0]];
    expectClose(slopes, [0.25, -0.01859418001236915, -0.0649000652559504], { absolute: 1e-6 });
  });

  it('O3: 8,192 equal pairs with score 1 carry no information', () => {
    const rows = { data: new Float32Array(8192 * 4).map((_, k) => (k % 4 === 0 ? 1 : 0)), rows: 8192, cols: 4 };
    expectClose(nwj(rows, rows, { deterministic, gradients: 'none', critic: 'separable' }).value, 0, {
      absolute: 1e-4,
    });
  });

  it('O4: one pair is too few, and so is none', () => {
    expect(() => nwj([[1, 2]], [[0.5, -1]], { critic: 'separable', deterministic })).toThrow(/at least 2 pairs/);
    expect(() => nwj([], [], { critic: 'separable', deterministic })).toThrow(KantorovichError);
  });
});
