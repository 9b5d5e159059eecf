import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adapterOf } from '../../../ts/adapters/adapter.js';
import { limitDrift } from '../../../ts/adapters/heads/drift.js';
import type { Layer } from '../../../ts/adapters/heads/head.js';
import { distinctHeads, headTensors } from '../../../ts/adapters/heads/heads.js';
import { matrixNorms } from '../../../ts/lipschitz/matrix-norms.js';
import { matrix } from '../../../ts/wasm/matrix.js';
import { dot, type Rows, transpose } from '../../reference/linear-algebra.js';
import { spectralBallProjection, spectralNorm } from '../../reference/singular-values.js';
import { runs, seed } from '../../support/arbitraries.js';
import { expectClose } from '../../support/close.js';
import { normalRows, seededRandom } from '../../support/random.js';
import { drawnHeads, shapeOf } from '../drawn-adapter.js';

const DIMS = 7;

const degreesBetween = (x: Float32Array, y: Float32Array): number => {
  const cosine = x.reduce((sum, value, k) => sum + value * y[k], 0) / (Math.hypot(...x) * Math.hypot(...y));
  return (Math.acos(Math.min(1, cosine)) * 180) / Math.PI;
};

/** Climbs the angle by small random steps that are kept where they help. */
function steepest(angle: (x: Float32Array) => number, random: { normal(): number }): number {
  let x = Float32Array.from({ length: DIMS }, () => random.normal());
  let best = angle(x);
  for (let step = 0; step < 600; step++) {
    const size = 0.5 * 0.99 ** step + 1e-3;
    const length = Math.hypot(...x);
    const moved = x.map((value) => value / length + size * random.normal());
    const found = angle(moved);
    if (found > best) [x, best] = [moved, found];
  }
  return best;
}

/** By the definition: softsign of a vector as long as |W1| + |b1|, its length shared equally by all units. */
function longestHidden({ weight, bias }: Layer, norm: number): number {
  const each = (norm + Math.hypot(...(bias?.data ?? []))) / Math.sqrt(weight.rows);
  return Math.sqrt(weight.rows) * (each / (1 + each));
}

const shapes = [
  shapeOf(DIMS, 'query', null),
  shapeOf(DIMS, 'query', 3),
  shapeOf(DIMS, 'query', null, { head: 'mlp', hidden: 4 }),
];

describe.each(shapes)('a limit on drift, $head', (shape) => {
  const limited = (from: number, size: number, degrees: number) => {
    const heads = drawnHeads(shape, from, size);
    for (const head of distinctHeads(heads)) limitDrift(head, degrees);
    return heads;
  };

  it('holds against a climb for the largest angle, whatever the head', () => {
    fc.assert(
      fc.property(fc.constantFrom(5, 30, 60, 85), seed, (degrees, from) => {
        const heads = limited(from, 3, degrees);
        const metadata = { model: null, prefix: null, normalisation: 'l2', maxDrift: degrees, metrics: {} } as const;
        const adapter = adapterOf(heads, { ...shape, ...metadata, calibration: null });
        const random = seededRandom(from + 1);
        const climbed = Array.from({ length: 4 }, () => steepest((x) => degreesBetween(x, adapter.query(x)), random));
        expect(Math.max(...climbed)).toBeLessThanOrEqual(degrees + 1e-3);
      }),
      runs,
    );
  });

  it('uses what its bound allows, and once is enough', () => {
    const heads = limited(3, 3, 40);
    const [{ layers }] = distinctHeads(heads);
    const norm = ({ weight }: Layer) => matrixNorms(matrix(weight.data, weight.rows, weight.cols)).spectral.estimate;
    const norms = layers.map(norm);
    const radius = Math.sin((40 * Math.PI) / 180);
    // The last layer alone reaches the radius over the longest vector that comes to it; a low rank's norm is of its product.
    const reached = { full: norms[0], mlp: norms[1] * longestHidden(layers[0], norms[0]), 'low-rank': radius, map: 0 };
    expectClose(reached[shape.head], radius, { relative: 1e-3 });
    const before = headTensors(heads).map(({ data }) => data.slice());
    for (const head of distinctHeads(heads)) limitDrift(head, 40);
    headTensors(heads).forEach(({ data }, i) => {
      expectClose(data, before[i], { absolute: 1e-5 });
    });
  });

  it('leaves a smaller one as it is', () => {
    const heads = drawnHeads(shape, 1, 1e-3);
    const before = headTensors(heads).map(({ data }) => data.slice());
    for (const head of distinctHeads(heads)) limitDrift(head, 60);
    headTensors(heads).forEach(({ data }, i) => {
      expectClose(data, before[i], { absolute: 1e-7 });
    });
  });
});

describe('a product of two matrices', () => {
  const rows = ({ data, cols }: { readonly data: Float32Array; readonly cols: number }): number[][] =>
    Array.from({ length: data.length / cols }, (_, i) => [...data.subarray(i * cols, (i + 1) * cols)]);
  const product = (u: Rows, v: Rows): number[][] => u.map((row) => transpose(v).map((column) => dot(row, column)));
  const drawn = fc
    .record({ dims: fc.integer({ min: 2, max: 9 }), from: seed, size: fc.constantFrom(0.1, 1, 3) })
    .chain((all) => fc.integer({ min: 1, max: all.dims }).map((rank) => ({ ...all, rank })));

  it('becomes the nearest one that the angle allows, by its first factor alone', () => {
    fc.assert(
      fc.property(drawn, fc.constantFrom(1, 20, 80), ({ dims, rank, from, size }, degrees) => {
        const [head] = distinctHeads(drawnHeads(shapeOf(dims, 'query', rank), from, size));
        const [v, u] = head.layers.map(({ weight }) => weight);
        // Far from dependent, as V begins: then U can be solved for.
        v.data.set(normalRows(seededRandom(from + 1), rank, dims).flat());
        for (let k = 0; k < rank; k++) v.data[k * dims + k] += 8;
        const before = { v: [...v.data], product: product(rows(u), rows(v)) };
        const radius = Math.sin((degrees * Math.PI) / 180) * (1 - 1e-4);
        limitDrift(head, degrees);
        expect([...v.data]).toEqual(before.v);
        const after = product(rows(u), rows(v));
        const tolerance = 1e-5 * Math.max(1, spectralNorm(before.product));
        expectClose(after.flat(), spectralBallProjection(before.product, radius).flat(), { absolute: tolerance });
        expect(spectralNorm(after)).toBeLessThanOrEqual(radius * (1 + 5e-5));
      }),
      runs,
    );
  });

  it('is scaled where a direction of the second factor is lost', () => {
    const [head] = distinctHeads(drawnHeads(shapeOf(5, 'query', 3), 1, 2));
    const [v, u] = head.layers.map(({ weight }) => weight);
    v.data.copyWithin(5, 0, 5);
    const before = product(rows(u), rows(v));
    limitDrift(head, 10);
    const after = product(rows(u), rows(v));
    const ratio = spectralNorm(after) / spectralNorm(before);
    expectClose(
      after.flat(),
      before.flat().map((value) => ratio * value),
      { absolute: 1e-6 },
    );
    expectClose(spectralNorm(after), Math.sin(Math.PI / 18), { relative: 2e-4 });
  });
});

it('a single matrix reaches the radius', () => {
  const [head] = distinctHeads(drawnHeads(shapeOf(DIMS, 'query', null), 3, 3));
  limitDrift(head, 40);
  const [{ weight }] = head.layers;
  const { estimate } = matrixNorms(matrix(weight.data, DIMS, DIMS)).spectral;
  expect(estimate).toBeGreaterThan(0.999 * Math.sin((40 * Math.PI) / 180));
});
