import { describe, expect, it } from 'vitest';
import { Adam } from '../../scripts/yardstick/adam.js';
import { correlationOf, DIMENSION, estimators, LEVELS } from '../../scripts/yardstick/protocol.js';
import { type Level, type RunResult, run } from '../../scripts/yardstick/run.js';
import { yardstickTable } from '../../scripts/yardstick/table.js';
import { adam, startFrom } from '../reference/optimisers.js';
import { expectClose } from '../support/close.js';

describe('the yardstick of estimators', () => {
  it('draws pairs that share the nats of each level', () => {
    for (const information of LEVELS) {
      expectClose(-(DIMENSION / 2) * Math.log(1 - correlationOf(information) ** 2), information, { relative: 1e-12 });
    }
  });

  it('climbs by Adam', () => {
    const weights = Float32Array.of(1, -2, 0.5);
    const own = new Adam(3, 0.01);
    let state = startFrom([1, -2, 0.5]);
    for (let step = 0; step < 5; step++) {
      const gradient = [0.5 + step, -0.25, 3e-4 * step];
      own.climb(weights, Float32Array.from(gradient));
      state = adam(
        state,
        gradient.map((slope) => -slope),
        { learningRate: 0.01 },
      );
    }
    expectClose(weights, state.parameters, { absolute: 1e-6 });
  });

  it('gives the same run for a seed, with RPC read out in both ways', () => {
    const told: Level[] = [];
    const spec = { estimator: 'rpc', hidden: [8, 4], steps: 4, rate: 1e-3, seed: 3 };
    const rpc = estimators.find(({ name }) => name === 'rpc');
    if (rpc === undefined) throw new Error('no rpc');
    const [first, again] = [run(spec, rpc, (level) => told.push(level)), run(spec, rpc, () => {})];
    expect(first.levels).toEqual(again.levels);
    expect(told).toEqual(first.levels);
    // The logarithm of a mean is above the mean of logarithms: the ratio is all but linear in the score.
    for (const { mean, atMeanScore } of first.levels) expect(atMeanScore?.mean).toBeGreaterThan(mean);
    expect(first.skipped).toBe(0);
  });

  it('sets means over seeds beside the published ones', () => {
    const level = (mean: number) =>
      LEVELS.map((information) => ({ information, mean, deviation: 0.5, atMeanScore: null }));
    const result = (mean: number): RunResult => {
      return {
        estimator: 'nwj',
        hidden: [8],
        steps: 2,
        rate: 1e-3,
        seed: 1,
        levels: level(mean),
        skipped: 0,
        seconds: 1,
      };
    };
    const table = yardstickTable([result(1), result(2)]);
    expect(table).toContain('| nwj | 2 | 1.50 (0.50) |');
    expect(table).toContain('| nwj, published |  | 1.92 | 3.82 | 5.34 | 6.78 | 6.83 |');
    expect(table).not.toContain('smile');
  });
});
