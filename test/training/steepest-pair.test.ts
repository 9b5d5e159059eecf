import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { steepestPair } from '../../ts/training/steepest-pair.js';
import { type Matrix, matrix } from '../../ts/wasm/matrix.js';

/** f of every row of x with every row of y. */
function pairFunction(f: (x: readonly number[], y: readonly number[]) => number) {
  const rowOf = ({ data, cols }: Matrix, i: number) => [...data.subarray(i * cols, (i + 1) * cols)];
  return {
    table: (x: Matrix, y: Matrix) =>
      Float32Array.from({ length: x.rows * y.rows }, (_, at) => {
        return f(rowOf(x, Math.floor(at / y.rows)), rowOf(y, at % y.rows));
      }),
  };
}

const numbers = (length: number) =>
  fc.array(
    fc.integer({ min: -300, max: 300 }).map((hundredths) => hundredths / 100),
    { minLength: length, maxLength: length },
  );

describe('steepestPair', () => {
  it('finds the constant of a linear function in one dimension, by the metric', () => {
    const f = pairFunction(([x = 0], [y = 0]) => 3 * x + 4 * y);
    const [x, y] = [matrix(Float32Array.of(0, 1, 2, 5), 4, 1), matrix(Float32Array.of(1, 0, 4, 2), 4, 1)];
    expect(steepestPair(f, x, y, 'sum')).toBeCloseTo(4, 5);
    const l2 = steepestPair(f, x, y, 'l2');
    expect(l2).toBeGreaterThan(4);
    expect(l2).toBeLessThanOrEqual(5 + 1e-5);
  });

  it('is never above the constant', () => {
    fc.assert(
      fc.property(numbers(12), numbers(12), fc.constantFrom('sum' as const, 'l2' as const), (a, b, metric) => {
        const [x, y] = [matrix(Float32Array.from(a), 6, 2), matrix(Float32Array.from(b), 6, 2)];
        const f = pairFunction((x, y) => -Math.hypot(x[0] - y[0], x[1] - y[1]));
        const constant = metric === 'sum' ? 1 : Math.SQRT2;
        expect(steepestPair(f, x, y, metric)).toBeLessThanOrEqual(constant * (1 + 1e-3));
      }),
    );
  });

  it('climbs: finds a steep place between points that lie on flat ones', () => {
    const step = pairFunction(([x = 0]) => Math.tanh(20 * x));
    const [x, y] = [matrix(Float32Array.of(-1, 1), 2, 1), matrix(Float32Array.of(0, 0), 2, 1)];
    // The whole segment has slope 1, its middle 20.
    expect(steepestPair(step, x, y, 'sum')).toBeGreaterThan(15);
  });

  it('takes no rounding for a slope: rows that all but coincide count for nothing', () => {
    const far = pairFunction(([x = 0], [y = 0]) => Math.fround(x - y) - 17);
    const [x, y] = [5, -5].map((at) => matrix(Float32Array.of(at, at + 1e-6, at - 2e-6), 3, 1));
    for (const metric of ['sum', 'l2'] as const) expect(steepestPair(far, x, y, metric)).toBe(0);
  });

  it('counts no change that is within 256 times the rounding of scores', () => {
    const linear = pairFunction(([x = 0]) => x);
    const [x, y] = [matrix(Float32Array.of(-1, 1), 2, 1), matrix(Float32Array.of(0, 0), 2, 1)];
    expect(steepestPair({ ...linear, rounding: 2 / 300 }, x, y, 'sum')).toBe(1);
    expect(steepestPair({ ...linear, rounding: 2 / 200 }, x, y, 'sum')).toBe(0);
  });

  it('is 0 where nothing moves', () => {
    const one = matrix(Float32Array.of(1), 1, 1);
    expect(
      steepestPair(
        pairFunction(() => 7),
        one,
        one,
        'sum',
      ),
    ).toBe(0);
    const same = matrix(Float32Array.of(1, 1), 2, 1);
    expect(
      steepestPair(
        pairFunction(([x = 0]) => x),
        same,
        same,
        'l2',
      ),
    ).toBe(0);
  });
});
