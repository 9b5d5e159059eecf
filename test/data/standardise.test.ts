import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayPairs } from '../../ts/data/array-pairs.js';
import { applyStandardiser, fitStandardiser, standardisedPairs } from '../../ts/data/standardise.js';
import { ShapeError } from '../../ts/wasm/errors.js';
import { normalRows, seededRandom } from '../support/random.js';
import { readBatches } from './read-batches.js';

function normalMatrix(seed: number, rows: number, cols: number, shift: number, deviation: number) {
  const values = normalRows(seededRandom(seed), rows, cols, deviation).flat();
  return { data: Float32Array.from(values, (value) => value + shift), rows, cols };
}

function columnMoments(data: Float32Array, cols: number, j: number): readonly [mean: number, deviation: number] {
  const column = Array.from(data).filter((_, i) => i % cols === j);
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length;
  return [mean, Math.sqrt(variance)];
}

describe('fitStandardiser', () => {
  it('gives every column mean 0 and deviation 1, however far from 0 it lay', () => {
    const shape = fc.record({ rows: fc.integer({ min: 2, max: 60 }), cols: fc.integer({ min: 1, max: 7 }) });
    const scales = fc.record({ shift: fc.constantFrom(0, -3, 1000), deviation: fc.constantFrom(0.01, 1, 1e6) });
    fc.assert(
      fc.property(shape, scales, fc.nat(), ({ rows, cols }, { shift, deviation }, seed) => {
        const matrix = normalMatrix(seed, rows, cols, shift, deviation);
        const values = matrix.data.slice();
        applyStandardiser(fitStandardiser(matrix), values);
        for (let j = 0; j < cols; j++) {
          const [mean, spread] = columnMoments(values, cols, j);
          // The float32 mean is off by up to |mean| 2^-24, in units of a deviation.
          const [rawMean, rawSpread] = columnMoments(matrix.data, cols, j);
          // Two numbers may have become the same float32; constant columns are the next test's.
          if (rawSpread === 0) continue;
          expect(Math.abs(mean)).toBeLessThan(1e-5 + (Math.abs(rawMean) / rawSpread) * 2 ** -23);
          expect(Math.abs(spread - 1)).toBeLessThan(1e-5);
        }
      }),
    );
  });

  it('turns constant columns into 0, also where their mean is no float32', () => {
    for (const constant of [0, 5, 0.1, 1e30, -1e-30]) {
      const matrix = { data: new Float32Array(101).fill(constant), rows: 101, cols: 1 };
      const standardiser = fitStandardiser(matrix);
      expect(standardiser.scale).toEqual(Float32Array.of(1));
      const values = matrix.data.slice();
      applyStandardiser(standardiser, values);
      expect(values.every((value) => Math.abs(value) <= Math.abs(constant) * 2 ** -23)).toBe(true);
    }
  });

  it('keeps scales finite for the smallest numbers', () => {
    const { scale } = fitStandardiser({ data: Float32Array.of(0, 1e-45, 0, 1e-45), rows: 4, cols: 1 });
    expect(Number.isFinite(scale[0])).toBe(true);
  });

  it('refuses a matrix without rows', () => {
    expect(() => fitStandardiser({ data: new Float32Array(0), rows: 0, cols: 3 })).toThrow(ShapeError);
  });
});

describe('applyStandardiser', () => {
  it('refuses numbers that are no whole rows', () => {
    const standardiser = { mean: Float32Array.of(0, 0), scale: Float32Array.of(1, 1) };
    expect(() => applyStandardiser(standardiser, new Float32Array(3))).toThrow(/2 columns, 3 numbers/);
  });
});

describe('standardisedPairs', () => {
  it('standardises each side of each batch and leaves the source alone', async () => {
    const x = normalMatrix(1, 20, 3, 5, 2);
    const y = normalMatrix(2, 20, 2, -1, 0.5);
    const source = arrayPairs({ x, y });
    const standardiser = { x: fitStandardiser(x), y: fitStandardiser(y) };
    const before = x.data.slice();
    const options = { batch: 10, seed: 3 };
    const plain = await readBatches(source, 5, options);
    const standardised = await readBatches(standardisedPairs(source, standardiser), 5, options);
    for (const batch of plain) {
      applyStandardiser(standardiser.x, batch.x);
      applyStandardiser(standardiser.y, batch.y);
    }
    expect(standardised).toEqual(plain);
    expect(x.data).toEqual(before);
  });
});
