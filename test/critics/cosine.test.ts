import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosine, infoNCE, KantorovichError, type LossResult, wdm } from '../../ts/entries/node.js';
import { dot, type Rows } from '../reference/linear-algebra.js';
import { runs, seed, size } from '../support/arbitraries.js';
import { expectClose, expectFinite, float32 } from '../support/close.js';
import { builds } from '../support/library.js';
import { normalRows, seededRandom } from '../support/random.js';

/** The result, or the message of the library's own error; anything else fails. */
function resultOrRefusal(call: () => LossResult): LossResult | string {
  try {
    return call();
  } catch (error) {
    expect(error).toBeInstanceOf(KantorovichError);
    return (error as KantorovichError).message;
  }
}

describe.each(builds)('the cosine critic in the $build build', ({ deterministic }) => {
  const call = (x: Rows, y: Rows, temperature = 1) =>
    infoNCE(x, y, { critic: cosine({ temperature, learnTemperature: true }), deterministic });

  it('C1: a zero row has cosine 0 and no gradient, or is refused by name', () => {
    const result = resultOrRefusal(() =>
      call(
        [
          [0, 0],
          [3, 4],
        ],
        [
          [1, 0],
          [0, 2],
        ],
      ),
    );
    if (typeof result === 'string') {
      expect(result).toMatch(/row 0/);
    } else {
      expectClose(result.value, 0.047504155589176755, { absolute: 1e-6 });
      expectClose(result.dX ?? [], [0, 0, -0.05041859230100248, 0.03781394422575185], { absolute: 1e-6 });
      expectClose(result.dY ?? [], [0, -0.18006640107500885, 0.06752490040312831, 0], { absolute: 1e-6 });
    }
    expectFinite(
      call(
        [
          [1, 0],
          [3, 4],
        ],
        [
          [1, 0],
          [0, 2],
        ],
      ).value,
      'value of the next call',
    );
  });

  it('C1: zero rows anywhere, in either argument, never give NaN', () => {
    const random = seededRandom(1);
    for (const n of [1, 2, 7, 9]) {
      for (let zero = 0; zero < n; zero++) {
        const [x, y] = [normalRows(random, n, 5), normalRows(random, n, 5)];
        const blanked = (rows: Rows) => rows.with(zero, [0, 0, 0, 0, 0]);
        for (const result of [resultOrRefusal(() => call(blanked(x), y)), resultOrRefusal(() => call(x, blanked(y)))]) {
          if (typeof result === 'string') expect(result).toContain(`row ${zero}`);
          else
            [result.value, result.dX ?? [], result.dY ?? []].forEach((numbers) => {
              expectFinite(numbers);
            });
        }
      }
    }
  });

  it('C3: scores are cosines divided by the temperature, and its derivative is by the temperature itself', () => {
    const x = [
      [1, 0, 0],
      [0, 1, 0],
    ];
    const unit = (a: number, b: number) => [a, b, Math.sqrt(1 - a * a - b * b)];
    const y = [unit(0.5, -0.2), unit(0.1, 0.9)];
    const result = call(x, y, 0.07);
    expectClose(result.value, 0.6915005668744624, { relative: 1e-5 });
    expectClose(result.dCritic?.temperature ?? Number.NaN, -0.13420706953798436, { relative: 1e-5 });
    // Against a candidate at a right angle the off form of WDM is the score itself.
    const score = (i: number, j: number) =>
      wdm([x[i]], [y[j], [0, 0, 1]], { critic: cosine({ temperature: 0.07 }), deterministic }).value;
    const scores = [score(0, 0), score(0, 1), score(1, 0), score(1, 1)];
    const expected = [7.142857142857143, 1.4285714285714286, -2.857142857142857, 12.857142857142858];
    expectClose(scores, expected, { relative: 1e-6 });
  });

  it('C4: rows whose squares leave float32 have ordinary cosines, or are refused by name', () => {
    const result = resultOrRefusal(() =>
      call(
        [
          [3e20, 4e20],
          [1, 0],
        ],
        [
          [3e-25, 4e-25],
          [0, 1e-25],
        ],
      ),
    );
    if (typeof result === 'string') expect(result).toMatch(/row \d/);
    else expectClose(result.value, -0.12466622937379346, { absolute: 1e-5 });
  });

  it('C4: the cosine of a row with itself is 1 within a millionth, and never above, at every length to 256', () => {
    for (let d = 2; d <= 256; d++) {
      const x = Array.from({ length: d }, (_, k) => k + 1);
      const orthogonal = x.map((_, k) => (k === 0 ? -2 : k === 1 ? 1 : 0));
      expect(dot(x, orthogonal)).toBe(0);
      const { value } = wdm([x], [x, orthogonal], { critic: cosine({ temperature: 1 }), deterministic });
      expect(Math.abs(value - 1), `d ${d}`).toBeLessThanOrEqual(1e-6);
    }
  });

  it('does not see the lengths of rows, and its gradients are orthogonal to them', () => {
    fc.assert(
      fc.property(size, size, seed, (n, width, from) => {
        const random = seededRandom(from);
        const [x, y] = [normalRows(random, n, width), normalRows(random, n, width)];
        // Powers of two scale without rounding.
        const scaled = x.map((row) => {
          const factor = 2 ** (random.below(9) - 4);
          return row.map((value) => value * factor);
        });
        const straight = call(x, y, 0.5);
        expectClose(call(scaled, y, 0.5).value, straight.value, float32);
        const { dX } = straight;
        if (dX === null) throw new Error('dX is missing');
        x.forEach((row, i) => {
          const gradient = Array.from(dX.data.subarray(i * width, (i + 1) * width));
          const allowed = 1e-5 * Math.sqrt(dot(row, row) * dot(gradient, gradient)) + 1e-6;
          expectClose(dot(row, gradient), 0, { absolute: allowed }, `row ${i}`);
        });
      }),
      runs,
    );
  });
});
