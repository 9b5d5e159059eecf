import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs, seed, size } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { normalRows, seededRandom } from '../support/random.js';
import { identity, multiply, norm, type Rows, scale, subtract, transpose } from './linear-algebra.js';
import {
  polarFactor,
  singularValues,
  spectralBallProjection,
  spectralNorm,
  withSingularValues,
} from './singular-values.js';

const frobeniusDistance = (a: Rows, b: Rows) => norm(a.map((row, i) => norm(subtract(row, b[i]))));
const matrices = fc
  .record({ rows: size, cols: size, seed })
  .map((drawn) => normalRows(seededRandom(drawn.seed), drawn.rows, drawn.cols));

describe('reference: singular values', () => {
  it('are not the eigenvalues; scaling is not the nearest point of the ball (shared case on [[2,2],[0,2]])', () => {
    const W = [
      [2, 2],
      [0, 2],
    ];
    expectClose(singularValues(W).sigma, [1 + Math.sqrt(5), Math.sqrt(5) - 1], { relative: 1e-14 });
    const golden = 0.6180339887498948;
    expectClose(
      W.map((row) => scale(row, 1 / spectralNorm(W))),
      [
        [golden, golden],
        [0, golden],
      ],
      { absolute: 1e-14 },
    );
    const polar = [
      [0.8944271909999159, 0.4472135954999579],
      [-0.4472135954999579, 0.8944271909999159],
    ];
    expectClose(polarFactor(W), polar, { absolute: 1e-14 });
    expectClose(spectralBallProjection(W, 1), polar, { absolute: 1e-14 });
    const ball2 = [
      [1.4472135954999579, 1.105572809000084],
      [-0.3416407864998737, 1.4472135954999579],
    ];
    expectClose(spectralBallProjection(W, 2), ball2, { absolute: 1e-14 });
    expectClose(frobeniusDistance(W, ball2), 1.2360679774997898, { absolute: 1e-14 });
    const scaled = W.map((row) => scale(row, 2 / spectralNorm(W)));
    expectClose(frobeniusDistance(W, scaled), 1.3231690764992152, { absolute: 1e-14 });
  });

  it('polar factors of badly scaled, rotated, indefinite and wide matrices (shared case)', () => {
    const tight = { absolute: 1e-13 };
    expectClose(
      polarFactor([
        [2, 0],
        [0, 0.1],
      ]),
      identity(2),
      tight,
    );
    expectClose(
      polarFactor([
        [1.8, -2.4],
        [2.4, 1.8],
      ]),
      [
        [0.6, -0.8],
        [0.8, 0.6],
      ],
      tight,
    );
    const mixed = [
      [-0.514495755427527, 0.857492925712544],
      [0.857492925712544, 0.514495755427527],
    ];
    expectClose(
      polarFactor([
        [1, 2],
        [3, 4],
      ]),
      mixed,
      tight,
    );
    expectClose(polarFactor([[3, 4, 0]]), [[0.6, 0.8, 0]], tight);
  });

  it('rebuild the matrix, and give orthonormal rows or columns when all set to 1', () => {
    fc.assert(
      fc.property(matrices, (a) => {
        expectClose(
          withSingularValues(a, (sigma) => sigma),
          a,
          { absolute: 1e-12 },
        );
        const polar = polarFactor(a);
        const gram = a.length <= a[0].length ? multiply(polar, transpose(polar)) : multiply(transpose(polar), polar);
        expectClose(gram, identity(gram.length), { absolute: 1e-12 });
      }),
      runs,
    );
  });

  it('bound the gain of every vector, and are met by the first right vector', () => {
    fc.assert(
      fc.property(matrices, seed, (a, vectorSeed) => {
        const [v] = normalRows(seededRandom(vectorSeed), 1, a[0].length);
        const gain = (vector: readonly number[]) => norm(multiply(a, transpose([vector])).flat()) / norm(vector);
        expect(gain(v)).toBeLessThanOrEqual(spectralNorm(a) * (1 + 1e-12));
        expectClose(gain(singularValues(a).right[0]), spectralNorm(a), { relative: 1e-12 });
      }),
      runs,
    );
  });
});
