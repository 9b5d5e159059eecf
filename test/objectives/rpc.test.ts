import { describe, expect, it } from 'vitest';
import { OptionsError, rpc } from '../../ts/entries/node.js';
import { expectClose } from '../support/close.js';
import { builds, type LossCall } from '../support/library.js';
import { describeObjective } from '../support/objective-laws.js';
import { fromScores } from '../support/scores.js';

describeObjective('rpc');

describe.each(builds)('RPC in the $build build', ({ deterministic }) => {
  it('reports the mutual information of the critic that is its optimum, and is at rest there', () => {
    // Two symbols, equal with probability 3/4: nine pairs of which candidates 0 and 1 stand for the symbols.
    const options = { alpha: 0.5, beta: 0.02, gamma: 1.5, deterministic };
    const optimum = (ratio: number) => (ratio - options.alpha) / (options.beta * ratio + options.gamma);
    const [equal, other] = [optimum(1.5), optimum(0.5)];
    // Score (query symbol, candidate symbol) by unit vectors; weights are the joint given the query.
    const x = [
      [equal, other],
      [other, equal],
    ];
    const y = [
      [1, 0],
      [0, 1],
      [1, 0],
      [0, 1],
    ];
    // The first two candidates are positives, the other two stand for the marginal.
    const positives = {
      offsets: Uint32Array.from([0, 2, 4]),
      indices: Uint32Array.from([0, 1, 0, 1]),
      weights: Float32Array.from([0.75, 0.25, 0.25, 0.75]),
    };
    const { value, dX } = rpc(x, y, { ...options, positives });
    expectClose(value, 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5), { absolute: 1e-6 });
    expectClose(dX ?? [], [0, 0, 0, 0], { absolute: 1e-7 });
  });

  it('has the value of its formula with the default numbers', () => {
    const scores = [
      [3, -0.5],
      [0.25, 40],
    ];
    const { value, dScores } = fromScores(rpc, scores, { deterministic });
    expectClose(value, (Math.log(4 / (1 - 3e-4)) + Math.log(41 / (1 - 4e-3))) / 2, { absolute: 1e-6 });
    expectClose(
      dScores,
      [
        [(1 - 3e-4) / 2, -0.5 / 2],
        [-1.25 / 2, (1 - 4e-3) / 2],
      ],
      { absolute: 1e-6 },
    );
  });

  it('scores that belong to no ratio count as the least ratio, and are reported finite', () => {
    const scores = [
      [-3, 0],
      [0, 2e4],
    ];
    const { value } = fromScores(rpc, scores, { deterministic });
    const [low, high] = [1e-4 / (1 + 3e-4), 20_001 / 1e-4];
    expectClose(value, (Math.log(low) + Math.log(high)) / 2, { absolute: 1e-5 });
  });

  it('numbers out of range are refused with all three', () => {
    const bad = [{ alpha: -1 }, { beta: Number.NaN }, { gamma: 0 }, { gamma: Number.POSITIVE_INFINITY }];
    for (const options of bad) {
      const call: LossCall = (x, y) => rpc(x, y, { ...options, deterministic });
      expect(() => call([[1], [2]], [[1], [2]])).toThrow(OptionsError);
      expect(() => call([[1], [2]], [[1], [2]])).toThrow(
        /rpc needs alpha and beta of at least 0 and a gamma above 0, got/,
      );
    }
  });

  it('one pair is too few', () => {
    expect(() => rpc([[1, 2]], [[0.5, -1]], { deterministic })).toThrow(/rpc compares .* at least 2 pairs/);
  });
});
