import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError, type LinearProbe, linearProbe, matrix, OptionsError, ShapeError } from '../../ts/entries/node.js';
import type { Rows } from '../reference/linear-algebra.js';
import { fitProbe, predict, standardisedBy } from '../reference/linear-probe.js';
import { runs, seed } from '../support/arbitraries.js';
import { normalRows, type SeededRandom, seededRandom } from '../support/random.js';

interface Part {
  readonly features: Rows;
  readonly labels: Uint8Array;
  readonly factors: number;
}

/** Normal features; the label of factor f is the place of the largest of its own three, with noise. */
function items(random: SeededRandom, count: number, factors: number, noise: number): Part {
  const features = normalRows(random, count, 3 * factors);
  const labels = features.flatMap((row) =>
    Array.from({ length: factors }, (_, f) => {
      const own = row.slice(3 * f, 3 * f + 3).map((x) => x + noise * random.normal());
      return own.indexOf(Math.max(...own));
    }),
  );
  return { features, labels: Uint8Array.from(labels), factors };
}

function parts(random: SeededRandom, factors: number, noise: number) {
  const part = (count: number) => items(random, count, factors, noise);
  return { train: part(90), validation: part(40), test: part(70) };
}

function twinAccuracy({ train, test }: ReturnType<typeof parts>, f: number, l2: number): number {
  const column = ({ labels, factors }: Part) => [...labels].filter((_, at) => at % factors === f);
  const model = fitProbe(standardisedBy(train.features, train.features), column(train), l2);
  const found = standardisedBy(train.features, test.features).map((x) => predict(model, x));
  const wanted = column(test);
  return found.filter((label, i) => label === wanted[i]).length / wanted.length;
}

describe('the linear probe', () => {
  it('reads off as much as the reference, for each factor', () => {
    const property = fc.property(
      seed,
      fc.constantFrom(1, 2, 3),
      fc.constantFrom(1e-3, 1e-2, 1e-1),
      (s, factors, l2) => {
        const data = parts(seededRandom(s), factors, 0.5);
        const found = linearProbe(data, { strengths: [l2] });
        expect(found.converged).toBe(true);
        found.perFactor.forEach((accuracy, f) => {
          // One item in 70 may lie within rounding of the border between two classes.
          expect(Math.abs(accuracy - twinAccuracy(data, f, l2))).toBeLessThan(0.0143);
        });
      },
    );
    fc.assert(property, { ...runs, numRuns: 6 });
  });

  it('chooses the strength by validation items, the stronger where two do alike', () => {
    const found: LinearProbe = linearProbe(parts(seededRandom(5), 2, 1));
    const strengths = found.search.map(({ strength }) => strength);
    expect(strengths).toEqual([1e-1, 1e-2, 1e-3, 1e-4]);
    const best = Math.max(...found.search.map(({ accuracy }) => accuracy));
    expect(found.strength).toBe(found.search.find(({ accuracy }) => accuracy === best)?.strength);
    expect(found.accuracy).toBeCloseTo((found.perFactor[0] + found.perFactor[1]) / 2, 12);
  });

  it('takes no notice of labels of test items: they decide nothing', () => {
    const data = parts(seededRandom(9), 2, 0.7);
    const found = linearProbe(data);
    const shuffled = linearProbe({
      ...data,
      test: { ...data.test, labels: data.test.labels.map((label) => 2 - label) },
    });
    expect(shuffled.search).toEqual(found.search);
    expect(shuffled.strength).toBe(found.strength);
  });

  it('gives the same bits for the same items', () => {
    const data = parts(seededRandom(3), 3, 0.5);
    expect(linearProbe(data)).toEqual(linearProbe(data));
  });

  it('knows nothing of classes without training items, and all of a factor with one class', () => {
    const train = { features: [[0], [1], [10], [11]], labels: Uint8Array.of(4, 9, 4, 9, 200, 9, 200, 9), factors: 2 };
    const test = { features: [[0.5], [10.5], [10.6]], labels: Uint8Array.of(4, 9, 200, 9, 5, 1), factors: 2 };
    expect(linearProbe({ train, validation: train, test }).perFactor).toEqual([2 / 3, 2 / 3]);
  });

  it('ignores constant features, whatever they are elsewhere', () => {
    const labels = Uint8Array.of(0, 0, 1, 1);
    const train = {
      features: [
        [0, 7],
        [1, 7],
        [10, 7],
        [11, 7],
      ],
      labels,
    };
    const test = {
      features: [
        [0.5, 1e6],
        [1, -1e6],
        [10, 1e6],
        [12, -1e6],
      ],
      labels,
    };
    expect(linearProbe({ train, validation: train, test }).accuracy).toBe(1);
  });
});

describe('the linear probe, wrongly called', () => {
  const data = parts(seededRandom(1), 2, 0.5);
  const { train, validation, test } = data;

  it('names the part that does not fit', () => {
    const short = { ...validation, labels: validation.labels.subarray(1) };
    expect(() => linearProbe({ ...data, validation: short })).toThrow(
      new ShapeError('validation: expected labels of 40 items x 2 factors, got 79'),
    );
    const narrow = { ...test, features: test.features.map((row) => row.slice(1)) };
    expect(() => linearProbe({ ...data, test: narrow })).toThrow(
      /test has 5 features and 2 factors, train has 6 and 2/,
    );
    const whole = {
      ...test,
      features: matrix(new Float32Array(70 * 6), 70, 6),
      labels: new Uint8Array(70),
      factors: 1,
    };
    expect(() => linearProbe({ ...data, test: whole })).toThrow(ShapeError);
  });

  it('names the number that is not finite', () => {
    const features = train.features.with(2, [0, 0, Number.NaN, 0, 0, 0]);
    expect(() => linearProbe({ ...data, train: { ...train, features } })).toThrow(
      new DataError('train must hold finite numbers, row 2 column 2 is NaN'),
    );
  });

  it('refuses no items, no factors and no such strengths', () => {
    const none = { features: matrix(new Float32Array(0), 0, 6), labels: new Uint8Array(0), factors: 2 };
    expect(() => linearProbe({ ...data, train: none })).toThrow(DataError);
    expect(() => linearProbe({ ...data, train: { ...train, factors: 0 } })).toThrow(OptionsError);
    for (const strengths of [[], [0], [1e-3, Number.NaN], [Number.POSITIVE_INFINITY]]) {
      expect(() => linearProbe(data, { strengths })).toThrow(OptionsError);
    }
    expect(() => linearProbe(data, { tolerance: 0 })).toThrow(/tolerance: expected finite numbers above 0, got 0/);
    expect(() => linearProbe(data, { maxIterations: 0.5 })).toThrow(OptionsError);
    expect(linearProbe(data).accuracy).toBeGreaterThan(0.5);
  });

  it('says so where it did not converge', () => {
    expect(linearProbe(data, { maxIterations: 1 }).converged).toBe(false);
  });
});
