import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DataError,
  infoNCE,
  type JointOptions,
  joint,
  lossPlan,
  OptionsError,
  ShapeError,
  wdm,
} from '../../ts/entries/node.js';
import type { DenseLayer } from '../reference/encoder.js';
import type { Rows } from '../reference/linear-algebra.js';
import { loss } from '../reference/loss.js';
import { diagonalPairing } from '../reference/pairing.js';
import { scores } from '../reference/scores.js';
import { normalLayers, runs, seed, size } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { scalarDifference } from '../support/finite-differences.js';
import { builds } from '../support/library.js';
import { normalRows, seededRandom } from '../support/random.js';

const given = (layers: readonly DenseLayer[]) => layers.map(({ weights, bias = [] }) => ({ weight: weights, bias }));

describe.each(builds)('the joint critic in the $build build', ({ deterministic }) => {
  it('is the perceptron of both embeddings, worked by hand', () => {
    const layers = [
      {
        weights: [
          [1, 2, -1],
          [0, -1, 1],
        ],
        bias: [0.5, 0],
      },
      { weights: [[2, -3]], bias: [0.25] },
    ];
    const critic = joint({ layers: given(layers), temperature: 0.5 });
    // [1, 2] and [3]: 1 + 4 - 3 + 0.5 = 2.5 and max(0, -2 + 3) = 1; (5 - 3 + 0.25) / 0.5.
    const score = (x: number[], y: number[]) =>
      wdm([x], [y, [0]], { critic, deterministic }).value +
      scores({ name: 'joint', temperature: 0.5, layers }, [x], [[0]])[0][0];
    expectClose(score([1, 2], [3]), 4.5, { absolute: 1e-6 });
    expectClose(score([1, 2], [-10]), (2 * (1 + 4 + 10 + 0.5) + 0.25) / 0.5, { absolute: 1e-5 });
  });

  it('has the scores of its twin at any depth, width and size', () => {
    const hidden = fc.array(fc.constantFrom(1, 2, 5, 8, 9, 17), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(hidden, size, size, size, seed, (units, n, xDim, yDim, from) => {
        const random = seededRandom(from);
        const [x, y] = [normalRows(random, n, xDim), normalRows(random, n + 1, yDim)];
        const layers = normalLayers(random, xDim + yDim, units);
        const problem = {
          G: x,
          H: y,
          critic: { name: 'joint', temperature: 2, layers },
          pairs: diagonalPairing(n, n + 1),
        } as const;
        const { value } = infoNCE(x, y, { critic: joint({ layers: given(layers), temperature: 2 }), deterministic });
        expectClose(value, loss('cpc', problem), { absolute: 1e-5, relative: 1e-5 });
      }),
      runs,
    );
  });

  it('streams over many candidates: slopes along random directions, through embeddings and weights', () => {
    const random = seededRandom(7);
    const [n, m] = [70, 1500];
    const [G, H, alongG, alongH] = [n, m, n, m].map((rows) => normalRows(random, rows, 3));
    const layers = normalLayers(random, 6, [12, 9]);
    const along = normalLayers(random, 6, [12, 9]);
    const moved = (t: number, rows: Rows, by: Rows) =>
      rows.map((row, i) => row.map((value, k) => value + t * by[i][k]));
    const at = (t: number) =>
      loss('cpc', {
        G: moved(t, G, alongG),
        H: moved(t, H, alongH),
        critic: {
          name: 'joint',
          temperature: 1,
          layers: layers.map((layer, l) => ({
            weights: moved(t, layer.weights, along[l].weights),
            bias: moved(t, [layer.bias ?? []], [along[l].bias ?? []])[0],
          })),
        },
        pairs: diagonalPairing(n, m),
      });
    const result = infoNCE(G, H, { critic: joint({ layers: given(layers) }), deterministic });
    const inner = (a: ArrayLike<number>, b: readonly number[]) => b.reduce((sum, value, k) => sum + value * a[k], 0);
    const slope =
      inner(result.dX?.data ?? [], alongG.flat()) +
      inner(result.dY?.data ?? [], alongH.flat()) +
      along.reduce((sum, { weights, bias = [] }, l) => {
        const layer = result.dCritic?.layers?.[l];
        return sum + inner(layer?.weight.data ?? [], weights.flat()) + inner(layer?.bias ?? [], bias);
      }, 0);
    expectClose(result.value, at(0), { absolute: 1e-5, relative: 1e-5 });
    expectClose(slope, scalarDifference(at, 0), { relative: 2e-3 });
  });

  it('takes little memory beside n x m x hidden numbers', () => {
    const memory = () => process.memoryUsage().arrayBuffers + process.memoryUsage().external;
    const before = memory();
    using plan = lossPlan({
      objective: 'cpc',
      critic: joint({ hidden: [64, 64] }),
      n: 64,
      m: 16_384,
      d: 8,
      deterministic,
    });
    plan.x.set(normalRows(seededRandom(1), 64, 8).flat());
    plan.y.set(normalRows(seededRandom(2), 16_384, 8).flat());
    expect(Number.isFinite(plan.run())).toBe(true);
    // All activations would be 537 MB.
    expect(memory() - before).toBeLessThan(150e6);
  });

  it('begins with the same weights for a seed, others for another, of the stated variance', () => {
    const weights = (options: JointOptions) => {
      using plan = lossPlan({
        objective: 'cpc',
        critic: joint({ hidden: [200, 100], ...options }),
        n: 4,
        d: 30,
        deterministic,
      });
      return plan.weights.slice();
    };
    const first = weights({});
    expect(weights({ seed: 1 })).toEqual(first);
    expect(weights({ seed: 2 })).not.toEqual(first);
    const deviation = (from: number, count: number) =>
      Math.sqrt(first.subarray(from, from + count).reduce((sum, w) => sum + w * w, 0) / count);
    expectClose(deviation(0, 200 * 60), Math.sqrt(2 / 60), { relative: 0.03 });
    expectClose(deviation(200 * 61, 100 * 200), Math.sqrt(2 / 200), { relative: 0.03 });
    expect(first.subarray(200 * 60, 200 * 61).every((bias) => bias === 0)).toBe(true);
    expect(first.length).toBe(200 * 61 + 100 * 201 + 101);
  });

  it('refuses hidden layers, seeds and layers that make no network', () => {
    for (const hidden of [[], [0], [4, -1], [2.5], [1e6]]) expect(() => joint({ hidden })).toThrow(OptionsError);
    for (const seed of [-1, 0.5, Number.NaN]) expect(() => joint({ seed })).toThrow(OptionsError);
    expect(() => joint({ temperature: 0 })).toThrow(OptionsError);
    const layer = (rows: number, cols: number, biases = rows) => ({
      weight: Array.from({ length: rows }, () => new Array(cols).fill(1)),
      bias: new Array(biases).fill(0),
    });
    expect(() => joint({ layers: [layer(3, 4, 2), layer(1, 3)] })).toThrow(ShapeError);
    for (const layers of [7, 'ab', {}, [null], [[1, 2]], [{ weight: [[1]], bias: 1 }]]) {
      // @ts-expect-error: no layers
      expect(() => joint({ layers })).toThrow(ShapeError);
    }
    expect(() => joint({ layers: [layer(3, 4), layer(1, 2)] })).toThrow(ShapeError);
    expect(() => joint({ layers: [layer(3, 4), layer(2, 3)] })).toThrow(ShapeError);
    expect(() => joint({ layers: [layer(3, 4), layer(1, 3)], hidden: [4] })).toThrow(ShapeError);
    const wide = joint({ layers: [layer(3, 5), layer(1, 3)] });
    expect(() => infoNCE([[1, 2]], [[1, 2]], { critic: wide, deterministic })).toThrow(
      /first layer of 2 \+ 2 inputs, got 5/,
    );
  });

  it('refuses NaN among its weights by the name of the tensor', () => {
    using plan = lossPlan({ objective: 'cpc', critic: joint({ hidden: [3] }), n: 2, d: 1, deterministic });
    plan.x.set([1, 2]);
    plan.y.set([1, 2]);
    plan.weights[7] = Number.NaN;
    expect(() => plan.run()).toThrow(DataError);
    expect(() => plan.run()).toThrow(/critic\.0\.bias: row 1/);
  });
});
