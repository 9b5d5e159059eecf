import { describe, expect, it } from 'vitest';
import { donskerVaradhan, jsd, lossPlan, OptionsError, smile } from '../../ts/entries/node.js';
import { expectClose } from '../support/close.js';
import { builds, type LossCall } from '../support/library.js';
import { describeObjective } from '../support/objective-laws.js';
import { fromScores } from '../support/scores.js';

describeObjective('smile');

const scores = [
  [4, -7, 6],
  [0.5, 9, -3],
  [12, 0.25, -1],
];

describe.each(builds)('SMILE in the $build build', ({ deterministic }) => {
  const clipped =
    (clip: number): LossCall =>
    (x, y, options) =>
      smile(x, y, { ...options, clip });

  it('climbs what JSD climbs, bit for bit, whatever the clip', () => {
    const right = fromScores(jsd, scores, { deterministic }).dScores;
    for (const clip of [0.5, 5, 80])
      expect(fromScores(clipped(clip), scores, { deterministic }).dScores).toEqual(right);
  });

  it('reports DV where no score is clipped, and clips mismatched scores alone', () => {
    const dv = fromScores(donskerVaradhan, scores, { deterministic }).value;
    expectClose(fromScores(clipped(13), scores, { deterministic }).value, dv, { absolute: 1e-5 });
    const off = [-7, 6, 0.5, -3, 12, 0.25].map((score) => Math.exp(Math.min(Math.max(score, -5), 5)));
    const right = (4 + 9 - 1) / 3 - Math.log(off.reduce((sum, power) => sum + power, 0) / 6);
    expectClose(fromScores(smile, scores, { deterministic }).value, right, { absolute: 1e-6 });
  });

  it('takes its clip in a plan, as a loss does', () => {
    for (const objective of ['smile', { name: 'smile', clip: 2 }] as const) {
      using plan = lossPlan({ objective, n: 3, d: 1, deterministic });
      plan.x.set([4, -1, 6]);
      plan.y.set([1, 2, 0.5]);
      const clip = typeof objective === 'string' ? {} : { clip: objective.clip };
      const right = smile([[4], [-1], [6]], [[1], [2], [0.5]], { deterministic, ...clip });
      expect([plan.run(), plan.value, plan.surrogate]).toEqual([right.value, right.value, right.surrogate]);
    }
  });

  it('a clip that is not above 0 and at most 80 is refused by what was given', () => {
    for (const clip of [0, -5, 81, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => smile([[1], [2]], [[1], [2]], { clip, deterministic })).toThrow(OptionsError);
      expect(() => smile([[1], [2]], [[1], [2]], { clip, deterministic })).toThrow(/above 0 and at most 80, got/);
    }
  });

  it('one pair is too few', () => {
    expect(() => smile([[1, 2]], [[0.5, -1]], { deterministic })).toThrow(/smile compares .* at least 2 pairs/);
  });
});
