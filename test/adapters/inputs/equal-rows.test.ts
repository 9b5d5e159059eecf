import fc from 'fast-check';
import { expect, it } from 'vitest';
import { equalRows } from '../../../ts/adapters/inputs/equal-rows.js';
import { runs, seed } from '../../support/arbitraries.js';
import { seededRandom } from '../../support/random.js';

it('numbers rows by first appearance, and takes 0 and -0 for the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 4 }), seed, (rows, cols, from) => {
      const random = seededRandom(from);
      const values = [0, -0, 1, -1];
      const data = Float32Array.from({ length: rows * cols }, () => values[random.below(4)] ?? 0);
      const keys = Array.from({ length: rows }, (_, i) => data.subarray(i * cols, (i + 1) * cols).join());
      const order = [...new Set(keys)];
      expect([...equalRows({ data, rows, cols })]).toEqual(keys.map((key) => order.indexOf(key)));
    }),
    runs,
  );
});

it('compares few of many rows of signs', () => {
  const [rows, cols] = [20_000, 64];
  const random = seededRandom(1);
  const data = Float32Array.from({ length: rows * cols }, () => (random.below(2) === 0 ? -1 : 1));
  const find = Array.prototype.find;
  let compared = 0;
  // Counts what a row is compared with, as no time on a shared machine is a bound.
  Array.prototype.find = function (this: unknown[], is: (value: unknown, at: number, all: unknown[]) => unknown) {
    return find.call(this, (value, at, all) => {
      compared += 1;
      return is(value, at, all);
    });
  };
  try {
    expect(new Set(equalRows({ data, rows, cols })).size).toBe(rows);
  } finally {
    Array.prototype.find = find;
  }
  expect(compared).toBeLessThan(rows);
});
