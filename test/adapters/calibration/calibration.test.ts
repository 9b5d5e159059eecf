import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Calibration, probabilityOf, thresholdOf } from '../../../ts/adapters/calibration/calibration.js';
import { fitCalibration } from '../../../ts/adapters/calibration/fit-calibration.js';
import { atThreshold, calibrationError, scoredPairs } from '../../../ts/adapters/calibration/scored-pairs.js';
import { fitAdapter, loadAdapter, toQrels, toVectors } from '../../../ts/entries/adapters-node.js';
import { DataError, OptionsError } from '../../../ts/entries/node.js';
import { seed } from '../../support/arbitraries.js';
import { expectClose } from '../../support/close.js';
import { readGolden } from '../../support/golden.js';
import { normalRows, seededRandom } from '../../support/random.js';
import { hiddenMap, shuffled } from '../hidden-map.js';

interface Pairs {
  readonly scores: readonly number[];
  readonly relevant: readonly number[];
}

const fitted = ({ scores, relevant }: Pairs): Calibration => {
  const calibration = fitCalibration({ scores, relevant, allRelevant: relevant.length });
  if (calibration === null) throw new Error('expected a calibration');
  return calibration;
};

/** Scores in -1 to 1, some of them equal, with 12 to 100 relevant pairs and as many others. */
const drawnPairs = fc
  .record({ half: fc.integer({ min: 12, max: 100 }), gap: fc.double({ min: -0.5, max: 1, noNaN: true }), from: seed })
  .map(({ half, gap, from }): Pairs => {
    const random = seededRandom(from);
    const relevant = Array.from({ length: 2 * half }, (_, i) => (i < half ? 1 : 0));
    const scores = relevant.map((one) => Math.round(50 * Math.tanh(0.3 * random.normal() + (one ? gap / 2 : 0))) / 50);
    return { scores, relevant };
  });

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a calibration', () => {
  it.each(readGolden('calibration').cases.map((golden, i) => [i, golden] as const))(
    'is that of scikit-learn, case %i',
    (_, golden) => {
      const calibration = fitted(golden);
      expectClose([calibration.slope, calibration.intercept], [golden.slope, golden.intercept], { relative: 1e-6 });
      const found = golden.at.map((score) => probabilityOf(calibration, score));
      expectClose(found, golden.probabilities, { absolute: 1e-6 });
    },
  );

  it('is right on average, at scores weighted by themselves too, unless its slope is 0', () => {
    fc.assert(
      fc.property(drawnPairs, (pairs) => {
        const calibration = fitted(pairs);
        const hits = pairs.relevant.reduce((sum, one) => sum + one, 0);
        const targets = pairs.relevant.map((one) => (one ? (hits + 1) / (hits + 2) : 1 / (hits + 2)));
        const errors = pairs.scores.map((score, i) => probabilityOf(calibration, score) - targets[i]);
        expectClose(mean(errors), 0, { absolute: 1e-6 });
        const slope = mean(errors.map((error, i) => error * pairs.scores[i]));
        // At 0 the loss may only fall below it.
        if (calibration.slope > 0) expectClose(slope, 0, { absolute: 1e-6 });
        else expect(slope).toBeGreaterThan(-1e-6);
      }),
    );
  });

  it('does not depend on the scale of scores', () => {
    fc.assert(
      fc.property(drawnPairs, (pairs) => {
        const other = fitted({ ...pairs, scores: pairs.scores.map((score) => 40 * score + 900) });
        const [a, b] = [-0.3, 0.6].map((score) => probabilityOf(other, 40 * score + 900));
        const calibration = fitted(pairs);
        expectClose(
          [a, b],
          [-0.3, 0.6].map((score) => probabilityOf(calibration, score)),
          { absolute: 1e-4 },
        );
      }),
    );
  });

  it('is fitted to scores that divide pairs cleanly, and to scores of one value', () => {
    const relevant = Array.from({ length: 40 }, (_, i) => (i < 20 ? 1 : 0));
    const clean = fitted({ relevant, scores: relevant.map((one, i) => one + i / 1000) });
    expect(probabilityOf(clean, 1)).toBeGreaterThan(0.9);
    expect(probabilityOf(clean, 0)).toBeLessThan(0.1);
    const same = fitted({ relevant, scores: relevant.map(() => 0.3) });
    expect(same.slope).toBe(0);
    expect(probabilityOf(same, 0.3)).toBeCloseTo(0.5, 9);
    expect([thresholdOf(same, 0.4), thresholdOf(same, 0.6)]).toEqual([0.3, null]);
  });

  it('is null below ten relevant pairs or ten others', () => {
    for (const [hits, others, isNull] of [
      [9, 50, true],
      [50, 9, true],
      [10, 10, false],
      [0, 0, true],
    ] as const) {
      const relevant = Array.from({ length: hits + others }, (_, i) => (i < hits ? 1 : 0));
      const calibration = fitCalibration({ scores: relevant, relevant, allRelevant: hits });
      expect(calibration === null).toBe(isNull);
    }
  });
});

describe('a threshold', () => {
  it('gives at least its precision, by the mean probability, and not much more pairs would', () => {
    const precision = fc.double({ min: 0.05, max: 0.98, noNaN: true });
    fc.assert(
      fc.property(drawnPairs, precision, (pairs, precision) => {
        const calibration = fitted(pairs);
        const threshold = thresholdOf(calibration, precision);
        const above = (score: number) => pairs.scores.filter((other) => other >= score);
        const chance = (scores: readonly number[]) => mean(scores.map((score) => probabilityOf(calibration, score)));
        if (threshold === null) {
          expect(chance(above(Math.max(...pairs.scores)))).toBeLessThan(precision + 2e-6);
          return;
        }
        const kept = above(threshold);
        if (kept.length > 0) expect(chance(kept)).toBeGreaterThan(precision - 2e-6);
        // The next of the curve is at most a sixth further down, and ties.
        const falling = [...pairs.scores].sort((a, b) => b - a);
        const further = falling[Math.ceil(1.2 * kept.length) + 1];
        if (further !== undefined) expect(chance(above(further))).toBeLessThan(precision + 2e-6);
      }),
    );
  });

  it('never falls with the precision', () => {
    fc.assert(
      fc.property(drawnPairs, (pairs) => {
        const calibration = fitted(pairs);
        const thresholds = [0.1, 0.3, 0.5, 0.7, 0.9].map((p) => thresholdOf(calibration, p) ?? 2);
        expect(thresholds).toEqual([...thresholds].sort((a, b) => a - b));
      }),
    );
  });
});

describe('pairs with scores', () => {
  it('are the ten best of each judged query', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 2, max: 25 }), (from, m) => {
        const random = seededRandom(from);
        const [queries, documents] = [normalRows(random, 4, 5), normalRows(random, m, 5)];
        const [q, d] = [toVectors(queries, 'queries'), toVectors(documents, 'documents')];
        const qrels = toQrels([[0, 0], [2, m - 1], [2, 0]], q, d); // biome-ignore format: short
        const ties = Int32Array.from(documents, (_, j) => j);
        const { scores, relevant, allRelevant } = scoredPairs(q, { documents: d, ties, qrels }, {});
        const wanted = [0, 2].flatMap((i) =>
          documents
            .map((row, j) => ({
              score: row.reduce((sum, value, k) => sum + value * queries[i][k], 0),
              one: j === 0 || (i === 2 && j === m - 1) ? 1 : 0,
            }))
            .sort((a, b) => b.score - a.score)
            .slice(0, 10),
        );
        expect(allRelevant).toBe(m === 1 ? 2 : 3);
        expectClose(
          scores,
          wanted.map(({ score }) => score),
          { absolute: 1e-4 },
        );
        expect([...Array.from(relevant)]).toEqual(wanted.map(({ one }) => one));
      }),
      { numRuns: 20 },
    );
  });

  it('say what a threshold keeps', () => {
    const pairs = { scores: [0.9, 0.8, 0.8, 0.1], relevant: [1, 1, 0, 1], allRelevant: 5 };
    expect(atThreshold(pairs, 0.8)).toEqual({ score: 0.8, pairs: 3, precision: 2 / 3, recall: 2 / 5 });
    expect(atThreshold(pairs, 0.95)).toEqual({ score: 0.95, pairs: 0, precision: null, recall: 0 });
  });

  it('say how far probabilities are from what is', () => {
    const flat = { slope: 0, intercept: 0, pairs: 4, relevant: 2, curve: [] };
    expect(calibrationError(flat, { scores: [1, 2, 3, 4], relevant: [1, 0, 0, 1], allRelevant: 2 })).toBe(0);
    expect(calibrationError(flat, { scores: [1, 2, 3, 4], relevant: [0, 0, 0, 1], allRelevant: 1 })).toBe(0.25);
    const steep = { ...flat, slope: 1000 };
    expect(calibrationError(steep, { scores: [-1, 1, 1, 1], relevant: [1, 1, 1, 0], allRelevant: 3 })).toBe(0.5);
  });
});

describe('an adapter', () => {
  const pairs = hiddenMap(500, 16, 0.2, 1);
  const options = { qrels: 'pairs', deterministic: true, learningRate: 2e-2, precision: 0.7 } as const;

  it('has probabilities that hold on test queries, in its file and in JSON', async () => {
    const { adapter, report } = await fitAdapter({ ...pairs, ...options });
    const { calibration } = report;
    expect(calibration?.pairs).toBe(10 * report.queries.test);
    expect(calibration?.error).toBeLessThan(0.05);
    expect(calibration?.threshold?.precision).toBeGreaterThan(0.55);
    expect(calibration?.threshold?.recall).toBeGreaterThan(0.2);
    const loaded = loadAdapter(adapter.toBytes());
    expect(loaded.calibration).toEqual(adapter.calibration);
    expect(loaded.threshold({ precision: 0.7 })).toBe(calibration?.threshold?.score);
    expect(JSON.parse(JSON.stringify(loaded)).calibration).toEqual(adapter.calibration);
    expect(loaded.probability(0.9)).toBeGreaterThan(loaded.probability(0.3) ?? 1);
    expect(String(report)).toMatch(/calibration: expected error 0\.0\d\d on the 1,250 best pairs of test queries\n/);
    expect(String(report)).toMatch(/threshold 0\.\d{3} for precision 0\.7: of test queries precision 0\.\d{3}, recall/);
  });

  it('has them where it is the identity, and none where validation has too few', async () => {
    const { queries, documents } = pairs;
    const none = await fitAdapter({ queries: documents, documents, ...options, maxEpochs: 1 });
    expect(none.improved).toBe(false);
    expect(none.adapter.probability(0.99)).toBeGreaterThan(0.9);
    const few = { queries: { ...queries, data: queries.data.slice(0, 320) }, documents };
    const qrels = Array.from({ length: 20 }, (_, i) => [i, i] as const);
    const { adapter, report } = await fitAdapter({ ...few, ...options, qrels, maxEpochs: 1 });
    expect([adapter.calibration, report.calibration]).toEqual([null, null]);
    expect([adapter.probability(0.5), adapter.threshold({ precision: 0.5 })]).toEqual([null, null]);
    expect(String(report)).toContain('calibration: none');
  });

  it('refuses what is no score and no precision', async () => {
    const { adapter } = await fitAdapter({ ...shuffled(pairs, 1), ...pairs, ...options, maxEpochs: 1 });
    expect(() => adapter.probability(Number.NaN)).toThrow(DataError);
    for (const precision of [0, 1, Number.NaN, '0.9' as unknown as number]) {
      expect(() => adapter.threshold({ precision })).toThrow(OptionsError);
      await expect(fitAdapter({ ...pairs, ...options, precision })).rejects.toThrow(
        /precision must be a number above 0/,
      );
    }
  });
});
