import { describe, expect, it } from 'vitest';
import { donskerVaradhan, KantorovichError } from '../../ts/entries/node.js';
import { expectClose, expectFinite } from '../support/close.js';
import { builds } from '../support/library.js';
import { describeObjective } from '../support/objective-laws.js';
import { fromScores } from '../support/scores.js';

describeObjective('dv');

describe.each(builds)('Donsker-Varadhan in the $build build', ({ deterministic }) => {
  const sharp = [
    [100, -100, 50],
    [25, 100, -50],
    [-75, 12.5, 100],
  ];

  it.each([
    ['right', sharp, 51.79175946921417],
    ['wrong', sharp.map(([a, b, c]) => [b, c, a]), -174.30685281944005],
  ])('K1: scores of 100 that are %s neither overflow nor underflow', (_, scores, value) => {
    const result = fromScores(donskerVaradhan, scores, { deterministic });
    expectClose(result.value, value, { relative: 1e-6 });
    expectFinite(result.dScores);
  });

  it('O2: the own terms are left out, not subtracted', () => {
    const scores = [
      [30, 0.5, -1],
      [0.25, 31, 1],
      [-0.5, 2, 29],
    ];
    const { value, dScores } = fromScores(donskerVaradhan, scores, { deterministic });
    expectClose(value, 29.151667338371354, { absolute: 1e-5 });
    const own = 1 / 3;
    const expected = [
      [own, -0.117644003879614, -0.02624992542616077],
      [-0.09162124234509877, own, -0.19396217156664802],
      [-0.04327881040440339, -0.527243846378075, own],
    ];
    expectClose(dScores, expected, { absolute: 1e-5 });
    const diagonal = dScores.map((row, i) => row[i]);
    expect(diagonal).toEqual(diagonal.map(() => Math.fround(own)));
  });

  it('O3: terms are counted and normalised as defined', () => {
    const scores = [
      [1.5, -0.5, 0.25, 0],
      [0.75, 2, -1, 0.5],
      [-0.25, 0.5, 1, -0.75],
      [0, -1.5, 0.5, 3],
    ];
    const { value, dScores } = fromScores(donskerVaradhan, scores, { deterministic });
    expectClose(value, 1.8107820894520643, { absolute: 1e-6 });
    const slopes = [dScores[0][0], dScores[0][1], dScores[1][0]];
    expectClose(slopes, [0.25, -0.04740040242510935, -0.16544366078533762], { absolute: 1e-6 });
  });

  it('O3: 8,192 equal pairs carry no information', () => {
    const rows = { data: new Float32Array(8192 * 4).map((_, k) => (k % 4 === 0 ? 1 : 0)), rows: 8192, cols: 4 };
    const { value } = donskerVaradhan(rows, rows, { deterministic, gradients: 'none', critic: 'separable' });
    expectClose(value, 0, { absolute: 1e-4 });
  });

  it('O4: one pair is too few, and so is none', () => {
    const options = { critic: 'separable', deterministic } as const;
    expect(() => donskerVaradhan([[1, 2]], [[0.5, -1]], options)).toThrow(/at least 2 pairs/);
    expect(() => donskerVaradhan([], [], options)).toThrow(KantorovichError);
  });
});
