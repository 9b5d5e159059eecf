import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs, seed } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { normalRows, seededRandom } from '../support/random.js';
import { criticConstant, encoderConstant, w1LowerBound } from './certificate.js';
import { encode, type ReferenceEncoder } from './encoder.js';
import { loss } from './loss.js';
import { diagonalPairing } from './pairing.js';
import { cheapestAssignment, w1JointProduct } from './transport.js';

const metrics = ['sum', 'euclidean'] as const;

describe('reference: transport', () => {
  it('x = y uniform on n points at mutual distance 1 has W1 = 1 - 1/n when one coordinate moves', () => {
    for (const n of [1, 2, 3, 5]) {
      const corners = Array.from({ length: n }, (_, i) =>
        Array.from({ length: n }, (_, k) => (i === k ? Math.SQRT1_2 : 0)),
      );
      expectClose(w1JointProduct(corners, corners, 'sum'), 1 - 1 / n, { absolute: 1e-12 });
    }
  });

  it('the assignment is the cheapest of all permutations', () => {
    const cost = (costs: readonly (readonly number[])[], columns: readonly number[]) =>
      columns.reduce((total, column, row) => total + costs[row][column], 0);
    const permutations = (items: readonly number[]): number[][] =>
      items.length < 2
        ? [[...items]]
        : items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), seed, (n, from) => {
        const costs = normalRows(seededRandom(from), n, n);
        const best = Math.min(
          ...permutations(Array.from({ length: n }, (_, k) => k)).map((columns) => cost(costs, columns)),
        );
        const found = cheapestAssignment(costs);
        expect([...found].sort()).toEqual(Array.from({ length: n }, (_, k) => k));
        expectClose(cost(costs, found), best, { absolute: 1e-12 });
      }),
      { ...runs, numRuns: 40 },
    );
  });
});

describe('reference: certificates', () => {
  it('two points and encoders of slope 10 (shared case): the sum metric is tight, a dot product certifies nothing', () => {
    const X = [[0], [1]];
    const encoder: ReferenceEncoder = { layers: [{ weights: [[10]] }], activation: 'relu' };
    const wdmAll = (name: 'separable' | 'distance') =>
      loss('wdm-all', {
        G: encode(encoder, X),
        H: encode(encoder, X),
        critic: { name, temperature: 1 },
        pairs: diagonalPairing(2),
      });
    const constants = { g: encoderConstant(encoder), h: encoderConstant(encoder) };
    const constant = (name: 'separable' | 'distance', metric: 'sum' | 'euclidean') =>
      criticConstant({ name, temperature: 1 }, constants, metric);
    expect(w1JointProduct(X, X, 'sum')).toBe(0.5);
    expect(wdmAll('separable')).toBe(25);
    expect(constant('separable', 'sum')).toBeNull();
    expect(wdmAll('distance')).toBe(5);
    expect(constant('distance', 'sum')).toBe(10);
    expectClose(constant('distance', 'euclidean') ?? Number.NaN, 14.142135623730951, { absolute: 1e-12 });
    expect(w1LowerBound(5, 10)).toBe(0.5);
    expectClose(w1LowerBound(5, 14.142135623730951), 0.35355339059327373, { absolute: 1e-12 });
  });

  it('InfoNCE <= WDM over all pairs <= L W1 for the distance critic on any encoders and sample', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), seed, (n, from) => {
        const random = seededRandom(from);
        const X = normalRows(random, n, 3);
        const Y = X.map((row) => row.map((value) => value + 0.3 * random.normal()));
        const encoder = (): ReferenceEncoder => ({
          layers: [{ weights: normalRows(random, 4, 3) }, { weights: normalRows(random, 2, 4) }],
          activation: 'maxmin',
        });
        const [encoderX, encoderY] = [encoder(), encoder()];
        const critic = { name: 'distance', temperature: 0.5 } as const;
        const problem = { G: encode(encoderX, X), H: encode(encoderY, Y), critic, pairs: diagonalPairing(n) };
        const wdmAll = loss('wdm-all', problem);
        expect(loss('cpc', problem)).toBeLessThanOrEqual(wdmAll + 1e-12);
        for (const metric of metrics) {
          const constant = criticConstant(
            critic,
            { g: encoderConstant(encoderX), h: encoderConstant(encoderY) },
            metric,
          );
          expect(wdmAll).toBeLessThanOrEqual((constant ?? Number.NaN) * w1JointProduct(X, Y, metric) + 1e-9);
        }
      }),
      runs,
    );
  });
});
