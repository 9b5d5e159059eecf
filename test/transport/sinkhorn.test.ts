import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DataError,
  OptionsError,
  ShapeError,
  type SinkhornOptions,
  sinkhorn,
  sinkhornDivergence,
  wasserstein1,
} from '../../ts/entries/node.js';
import type { Rows } from '../reference/linear-algebra.js';
import { runs, seed, size } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { readGolden } from '../support/golden.js';
import { normalRows, seededRandom } from '../support/random.js';

const precise = { tolerance: 1e-9, maxIterations: 20_000 };

const moved = (rows: Rows, by: readonly number[]) => rows.map((row) => row.map((value, k) => value + by[k]));

const samples = fc.record({ n: size, m: size, d: fc.integer({ min: 1, max: 3 }), seed }).map((drawn) => {
  const random = seededRandom(drawn.seed);
  return { a: normalRows(random, drawn.n, drawn.d), b: normalRows(random, drawn.m, drawn.d) };
});

describe('sinkhorn', () => {
  it.each(readGolden('transport').cases.filter((each) => each.what === 'entropic'))(
    'is that of POT: %#',
    ({ a, b, weightsA, weightsB, metric, epsilon, value, cost, divergence, divergenceCost }) => {
      const weights = weightsA === null || weightsB === null ? {} : { weightsA, weightsB };
      const options: SinkhornOptions = { epsilon, cost: metric, ...precise, ...weights };
      const plain = sinkhorn(a, b, options);
      expect(plain.converged).toBe(true);
      expectClose([plain.value, plain.cost], [value, cost], { absolute: 1e-6 });
      const debiased = sinkhornDivergence(a, b, options);
      expectClose([debiased.value, debiased.cost], [divergence, divergenceCost], { absolute: 1e-6 });
    },
  );

  it('T1 A: a small epsilon stays right', () => {
    const [x, y] = [
      [0, 0.2, 1],
      [0.1, 0.5, 0.9],
    ];
    expectClose(wasserstein1(x, y).value, 0.16666666666666666, { absolute: 1e-6 });
    const rows = [
      { epsilon: 0.1, value: 0.2544332312531, cost: 0.18939853883302, absolute: 1e-5 },
      { epsilon: 0.001, value: 0.16776527895533477, cost: 0.1666666667, absolute: 1e-4 },
      { epsilon: 0.0001, value: 0.16677652789553346, cost: 0.1666666667, absolute: 1e-4 },
    ];
    for (const { epsilon, value, cost, absolute } of rows) {
      const found = sinkhorn(x, y, { epsilon, tolerance: 1e-6 });
      expectClose([found.value, found.cost], [value, cost], { absolute });
      expect(found.converged).toBe(true);
    }
  });

  it('T1 B: zero weights take no part', () => {
    const line = [0, 1, 2];
    for (const epsilon of [0.1, 0.01]) {
      const found = sinkhorn(line, line, { epsilon, weightsA: [0.5, 0.5, 0], weightsB: [0, 0.25, 0.75] });
      expectClose([found.value, found.cost], [1.25, 1.25], { absolute: 1e-5 });
    }
  });

  it('T1 C: what has not converged says so, with the error that is left', () => {
    const [x, y] = [
      [0, 0.2, 1],
      [0.1, 0.5, 0.9],
    ];
    const run = (maxIterations: number) => sinkhorn(x, y, { epsilon: 0.001, maxIterations, scaling: 1 });
    const short = run(10);
    expect(short).toMatchObject({ converged: false, iterations: 10 });
    expect(short.marginalError).toBeGreaterThan(1e-3);
    // The plain alternation would be left with 1/300 here; going beyond its updates is through by then.
    const long = run(100);
    expect(long.converged).toBe(true);
    expect(long.marginalError).toBeLessThanOrEqual(1e-4);
  });

  it('T3 A: the divergence of a translated cloud is its squared length, for any epsilon', () => {
    const X = [
      [0, 0],
      [1, 0],
      [0, 2],
    ];
    for (const epsilon of [1, 0.1, 0.01]) {
      const found = sinkhornDivergence(X, moved(X, [0.3, -0.4]), { epsilon, cost: 'squared-euclidean' });
      expectClose(found.value, 0.25, { absolute: 1e-5 });
    }
  });

  it('T3 B, C, D: values are those of the definition in the docs', () => {
    const X = [
      [0, 0],
      [1, 0],
      [0, 2],
    ];
    const Y = moved(X, [0.3, -0.4]);
    const divergence = sinkhornDivergence(X, Y, { epsilon: 1, ...precise });
    expectClose([divergence.value, divergence.cost], [0.3522989855377, 0.4813581843942], { absolute: 1e-5 });
    const plain = sinkhorn(X, Y, { epsilon: 1, ...precise });
    expectClose([plain.value, plain.cost], [1.1138340268726, 0.8956753354391], { absolute: 1e-5 });
    const near = sinkhornDivergence(X, moved(X, [0.001, 0]), { epsilon: 0.05 });
    expectClose(near.value, 0.001, { absolute: 1e-5 });
    const same = sinkhornDivergence(X, X, { epsilon: 0.05 });
    expect([same.value, same.cost]).toEqual([0, 0]);
    const two = sinkhorn([0, 1], [0, 1], { epsilon: 1, ...precise });
    expectClose([two.cost, two.value], [0.2689414213699951, 0.3798854930417225], { absolute: 1e-5 });
  });

  it('T3: the divergence is symmetric and never below 0', () => {
    const property = fc.property(samples, fc.constantFrom(0.05, 0.3, 2), ({ a, b }, epsilon) => {
      const { value } = sinkhornDivergence(a, b, { epsilon });
      expect(value).toBeGreaterThanOrEqual(-1e-7);
      expectClose(sinkhornDivergence(b, a, { epsilon }).value, value, { absolute: 1e-5 });
    });
    fc.assert(property, runs);
  });

  it('tends to the exact distance from above as epsilon falls', () => {
    const random = seededRandom(12);
    const [a, b] = [normalRows(random, 90, 2), normalRows(random, 70, 2)];
    const exact = wasserstein1(a, b).value;
    let last = Number.POSITIVE_INFINITY;
    for (const epsilon of [1, 0.1, 0.01, 0.001]) {
      const { value, converged } = sinkhorn(a, b, { epsilon, maxIterations: 20_000 });
      expect(converged).toBe(true);
      expect(value).toBeGreaterThanOrEqual(exact - 1e-9);
      expect(value).toBeLessThan(last);
      last = value;
    }
    expectClose(last, exact, { absolute: 0.01 });
  });

  it('meets what float64 finds where there are many points and dimensions', () => {
    const random = seededRandom(13);
    const [a, b] = [normalRows(random, 700, 17), normalRows(random, 650, 17)];
    const loose = sinkhorn(a, b, { epsilon: 0.5, tolerance: 1e-3 });
    const tight = sinkhorn(a, b, { epsilon: 0.5, tolerance: 1e-8 });
    expect(tight.converged).toBe(true);
    // The value's error is of the second order in the masses'.
    expectClose(loose.value, tight.value, { relative: 1e-5 });
    expect(loose.value).toBeLessThanOrEqual(tight.value + 1e-9);
  });

  it('T4 E: refuses by name what cannot be meant', () => {
    const options = { epsilon: 0.1 };
    expect(() => sinkhorn([0, 1], [0, Number.NaN], options)).toThrow(DataError);
    expect(() => sinkhorn([0, 1], [[0, 1]], options)).toThrow(ShapeError);
    expect(() => sinkhorn([0, 1], [0, 1], { ...options, weightsA: [1, -1] })).toThrow(/^a: .* weight 1 is negative/);
    expect(() => sinkhorn([0, 1], [0, 1], { ...options, weightsB: [1] })).toThrow(ShapeError);
    for (const [wrong, says] of [
      [{ epsilon: 0 }, /^epsilon must be a finite number above 0, 0 given/],
      [{ epsilon: Number.NaN }, /^epsilon .* NaN given/],
      [{ epsilon: 1e-12 }, /^epsilon must be at least 1e-9, 1e-9 of the largest cost/],
      [{ tolerance: 0 }, /^tolerance/],
      [{ scaling: 0 }, /^scaling must be above 0 and at most 1/],
      [{ maxIterations: 0.5 }, /^maxIterations must be a whole number from 1/],
      [{ cost: 'cosine' as 'euclidean' }, /^cost must be euclidean or squared-euclidean, got cosine/],
    ] as const) {
      const call = () => sinkhorn([0, 1], [0, 1], { ...options, ...wrong });
      expect(call).toThrow(OptionsError);
      expect(call).toThrow(says);
    }
  });
});
