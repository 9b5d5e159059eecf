import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayPairs } from '../../ts/data/array-pairs.js';
import type { PairSource } from '../../ts/data/pair-source.js';
import { DataError, OptionsError, ShapeError } from '../../ts/wasm/errors.js';
import { readBatches } from './read-batches.js';

/** Pairs whose x says which pair it is, and whose y is twice that. */
function numberedPairs(count: number): PairSource {
  const numbers = Float32Array.from({ length: count }, (_, i) => i);
  const y = Float32Array.from({ length: 2 * count }, (_, i) => Math.floor(i / 2) * 2 + (i % 2) / 2);
  return arrayPairs({
    x: { data: numbers, rows: count, cols: 1 },
    y: { data: y, rows: count, cols: 2 },
    labels: Uint8Array.from(numbers, (number) => number % 7),
    labelSizes: [7],
  });
}

describe('arrayPairs', () => {
  it('A2: a stream stopped after batch 5 of 16 goes on with the pairs of the uninterrupted one', async () => {
    const source = numberedPairs(64);
    const whole = await readBatches(source, 48, { batch: 4, seed: 7 });
    const from = JSON.parse(JSON.stringify(whole[4].cursor));
    const rest = await readBatches(source, 43, { batch: 4, seed: 7, from });
    expect(rest).toEqual(whole.slice(5));
    const firstEpoch = [...whole.slice(0, 5), ...rest.slice(0, 11)].flatMap(({ x }) => Array.from(x));
    expect(firstEpoch.sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, i) => i));
  });

  it('A2: a stream resumes exactly after any batch, for any sizes', async () => {
    const sizes = fc.record({ pairs: fc.integer({ min: 1, max: 40 }), batch: fc.integer({ min: 1, max: 40 }) });
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(30), fc.maxSafeNat(), async ({ pairs, batch }, stop, seed) => {
        fc.pre(batch <= pairs);
        const whole = await readBatches(numberedPairs(pairs), stop + 6, { batch, seed });
        const rest = await readBatches(numberedPairs(pairs), 5, { batch, seed, from: whole[stop].cursor });
        expect(rest).toEqual(whole.slice(stop + 1));
      }),
      { numRuns: 50 },
    );
  });

  it('gives each pair at most once in an epoch, drops what is left over and counts it', async () => {
    const sizes = fc.record({ pairs: fc.integer({ min: 1, max: 50 }), batch: fc.integer({ min: 1, max: 50 }) });
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async ({ pairs, batch }, seed) => {
        fc.pre(batch <= pairs);
        const inEpoch = Math.floor(pairs / batch);
        const batches = await readBatches(numberedPairs(pairs), 2 * inEpoch, { batch, seed });
        for (const epoch of [batches.slice(0, inEpoch), batches.slice(inEpoch)]) {
          expect(new Set(epoch.flatMap(({ x }) => Array.from(x))).size).toBe(inEpoch * batch);
        }
        expect(batches.at(-1)?.cursor).toMatchObject({ batches: 2 * inEpoch, epoch: 1, dropped: pairs % batch });
      }),
      { numRuns: 50 },
    );
  });

  it('keeps x, y and labels together', async () => {
    for (const { x, y, labels } of await readBatches(numberedPairs(23), 9, { batch: 5, seed: 1 })) {
      expect(Array.from(y)).toEqual(Array.from(x).flatMap((number) => [2 * number, 2 * number + 0.5]));
      expect(Array.from(labels ?? [])).toEqual(Array.from(x, (number) => number % 7));
    }
  });

  it('orders epochs and seeds differently', async () => {
    const order = async (seed: number, epoch: number) =>
      Array.from((await readBatches(numberedPairs(50), epoch + 1, { batch: 50, seed }))[epoch].x).join();
    const orders = await Promise.all([order(1, 0), order(1, 1), order(2, 0), order(2, 1)]);
    expect(new Set(orders).size).toBe(4);
    expect(await order(1, 0)).toBe(orders[0]);
  });

  it('refuses a batch larger than the source, and numbers that are no size or seed', () => {
    const source = numberedPairs(3);
    expect(() => source.batches({ batch: 4, seed: 0 })).toThrow(DataError);
    expect(() => source.batches({ batch: 4, seed: 0 })).toThrow(/batch of 4.*has 3/);
    for (const batch of [0, -1, 1.5, Number.NaN]) {
      expect(() => source.batches({ batch, seed: 0 })).toThrow(OptionsError);
    }
    for (const seed of [-1, 0.5]) expect(() => source.batches({ batch: 2, seed })).toThrow(OptionsError);
  });

  it('refuses a cursor that stands beyond its pairs', () => {
    const from = { batches: 9, epoch: 0, position: 36, dropped: 0, random: [] };
    expect(() => numberedPairs(20).batches({ batch: 4, seed: 0, from })).toThrow(/pair 36.*20 pairs/);
  });

  it('refuses sides and labels that do not fit together, and numbers that are not finite', () => {
    const rows = (count: number) => ({ data: new Float32Array(count), rows: count, cols: 1 });
    expect(() => arrayPairs({ x: rows(3), y: rows(2) })).toThrow(ShapeError);
    expect(() => arrayPairs({ x: rows(3), y: rows(3), labels: new Uint8Array(4), labelSizes: [2] })).toThrow(
      ShapeError,
    );
    const broken = { data: Float32Array.of(0, 1, Number.POSITIVE_INFINITY, 3), rows: 2, cols: 2 };
    expect(() => arrayPairs({ x: rows(2), y: broken })).toThrow(DataError);
    expect(() => arrayPairs({ x: rows(2), y: broken })).toThrow(/y .*row 1 column 0 is Infinity/);
  });
});
