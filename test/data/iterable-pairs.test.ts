import { describe, expect, it } from 'vitest';
import { iterablePairs, type PlainBatch } from '../../ts/data/iterable-pairs.js';
import { DataError, ShapeError } from '../../ts/wasm/errors.js';
import { readBatches } from './read-batches.js';

async function* counting(count: number): AsyncGenerator<PlainBatch> {
  for (let i = 0; i < count; i++) yield { x: Float32Array.of(i, i, i, i), y: Float32Array.of(-i, -i) };
}

const options = { batch: 2, seed: 0 };

function single(batch: PlainBatch, labelSizes: readonly number[] = []) {
  return iterablePairs({ xDim: 2, yDim: 1, labelSizes, batches: () => [batch] });
}

describe('iterablePairs', () => {
  it('passes batches on with their size, and ends when they end', async () => {
    const batches = await readBatches(iterablePairs({ xDim: 2, yDim: 1, batches: () => counting(3) }), 9, options);
    expect(batches.map(({ size, x, cursor }) => [size, x[0], cursor.batches])).toEqual([
      [2, 0, 1],
      [2, 1, 2],
      [2, 2, 3],
    ]);
  });

  it('A2: goes on after a cursor by skipping the batches before it', async () => {
    const source = iterablePairs({ xDim: 2, yDim: 1, batches: () => counting(6) });
    const whole = await readBatches(source, 6, options);
    expect(await readBatches(source, 6, { ...options, from: whole[2].cursor })).toEqual(whole.slice(3));
  });

  it('refuses a cursor beyond the last batch', async () => {
    const from = { batches: 5, epoch: 0, position: 0, dropped: 0, random: [] };
    const source = iterablePairs({ xDim: 2, yDim: 1, batches: () => counting(3) });
    await expect(readBatches(source, 1, { ...options, from })).rejects.toThrow(/after 3 batches.*after 5/);
  });

  it('tells the iterable what is asked for', async () => {
    const asked: unknown[] = [];
    const batches = (wanted: unknown) => {
      asked.push(wanted);
      return counting(1);
    };
    await readBatches(iterablePairs({ xDim: 2, yDim: 1, batches }), 1, { batch: 2, seed: 5 });
    expect(asked).toEqual([{ batch: 2, seed: 5 }]);
  });

  it.each([
    ['no rows', { x: new Float32Array(0), y: new Float32Array(0) }],
    ['half a row', { x: new Float32Array(3), y: new Float32Array(2) }],
    ['sides of different sizes', { x: new Float32Array(4), y: new Float32Array(3) }],
  ])('refuses %s', async (_, batch) => {
    await expect(readBatches(single(batch), 1, options)).rejects.toThrow(ShapeError);
  });

  it('refuses labels that do not fit, and numbers that are not finite, naming the batch', async () => {
    const batch = { x: new Float32Array(4), y: new Float32Array(2) };
    await expect(readBatches(single({ ...batch, labels: new Uint8Array(3) }, [2]), 1, options)).rejects.toThrow(
      ShapeError,
    );
    const broken = readBatches(single({ ...batch, y: Float32Array.of(0, Number.NaN) }), 1, options);
    await expect(broken).rejects.toThrow(DataError);
    await expect(broken).rejects.toThrow(/batch 1: y .*number 1 is NaN/);
  });
});
