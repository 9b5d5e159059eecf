import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ArrayPairs } from '../../ts/data/array-pairs.js';
import { writeNpy } from '../../ts/data/npy.js';
import { openPairs } from '../../ts/data/open-pairs.js';
import type { PairSpec } from '../../ts/data/pair-spec.js';
import { DataError, OptionsError, ShapeError } from '../../ts/wasm/errors.js';
import type { Matrix } from '../../ts/wasm/matrix.js';
import { caseFile } from './case-files.js';
import { readBatches } from './read-batches.js';

let folder: string;

/** Rows that say which they are. */
function numbered(rows: number, cols: number): Matrix {
  return { data: Float32Array.from({ length: rows * cols }, (_, i) => Math.floor(i / cols)), rows, cols };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kantorovich-pairs-'));
});

afterAll(() => rm(folder, { recursive: true }));

describe('openPairs', () => {
  it('draws digit grids of the tile asked for, 14 if none is', async () => {
    const { train, validation, test, notes } = await openPairs({ kind: 'digits', k: 3 });
    expect([train, validation, test].map(({ xDim, pairs }) => [xDim, pairs])).toEqual(Array(3).fill([1764, null]));
    expect(train.mutualInformation).toBeCloseTo(9 * Math.LN10, 12);
    expect(notes).toEqual([]);
    const [{ x }] = await readBatches(train, 1, { batch: 64, seed: 1 });
    const ink = x.reduce((sum, value) => sum + value, 0) / x.length;
    // MNIST's mean pixel is 0.131.
    expect(Math.abs(ink - 0.131)).toBeLessThan(0.01);
    expect((await openPairs({ kind: 'digits', k: 2, tile: 28 })).train.xDim).toBe(56 * 56);
  });

  it('draws grids of the drawings that it is given, of any number of classes', async () => {
    const labels = Uint8Array.from({ length: 30 }, (_, i) => i % 3);
    const pixels = Uint8Array.from({ length: 30 * 16 }, (_, i) => 80 * labels[Math.floor(i / 16)]);
    const { test } = await openPairs({ kind: 'digits', k: 2, tile: 2, drawings: { size: 4, pixels, labels } });
    expect([test.xDim, test.mutualInformation]).toEqual([16, 4 * Math.log(3)]);
    const [{ x, y, labels: drawn = new Uint8Array() }] = await readBatches(test, 1, { batch: 50, seed: 2 });
    // In the first cell's corner.
    for (let i = 0; i < 50; i++) {
      expect(x[i * 16]).toBeCloseTo((80 * drawn[i * 4]) / 255, 6);
      expect(y[i * 16]).toBeCloseTo((80 * ((drawn[i * 4] + 1) % 3)) / 255, 6);
    }
  });

  it('opens given drawings where no files are read, and else says what to give', async () => {
    vi.resetModules();
    const { openPairs: openWithoutFiles } = await import('../../ts/data/open-pairs.js');
    const drawings = { size: 1, pixels: new Uint8Array(10), labels: new Uint8Array(10) };
    expect((await openWithoutFiles({ kind: 'digits', k: 3, tile: 1, drawings })).train.xDim).toBe(9);
    await expect(openWithoutFiles({ kind: 'digits', k: 3 })).rejects.toThrow(/use arrays, gaussians, or digits with/);
  });

  it('keeps the shapes of images in arrays', async () => {
    const shape = { channels: 1, height: 3, width: 2 };
    const pairs = { x: numbered(10, 6), y: numbered(10, 4), xShape: shape };
    const { train } = await openPairs({ kind: 'arrays', pairs });
    expect([train.xShape, train.yShape]).toEqual([shape, undefined]);
  });

  it('takes rows of arrays, of typed ones and matrices alike', async () => {
    const rows = ({ data, rows: count, cols }: Matrix) =>
      Array.from({ length: count }, (_, i) => data.subarray(i * cols, (i + 1) * cols));
    const [x, y] = [numbered(20, 3), numbered(20, 2)];
    const typed = { x: rows(x), y: rows(y) };
    const plain = { x: typed.x.map((row) => Array.from(row)), y };
    const read = async (pairs: ArrayPairs) =>
      readBatches((await openPairs({ kind: 'arrays', pairs })).train, 3, { batch: 6, seed: 4 });
    const expected = await read({ x, y });
    expect(await read(typed)).toEqual(expected);
    expect(await read(plain)).toEqual(expected);
  });

  it('says how arrays and drawings are given to who gives other things', async () => {
    const open = (spec: object) => openPairs(spec as PairSpec);
    const bare = open({ kind: 'arrays', x: [[1]], y: [[1]] });
    await expect(bare).rejects.toThrow(OptionsError);
    await expect(bare).rejects.toThrow("{ kind: 'arrays', pairs: { x, y } }");
    for (const pairs of [null, 'rows', [], { x: [[1]] }, { x: [1], y: [2] }]) {
      const opened = open({ kind: 'arrays', pairs });
      await expect(opened).rejects.toThrow(ShapeError);
      await expect(opened).rejects.toThrow(/^(pairs must be \{ x, y \}|[xy]: row 0 must be|[xy] must be a matrix)/);
    }
    const bytes = { size: 1, pixels: new Uint8Array(5), labels: new Uint8Array(5) };
    for (const drawings of [null, [], 'ink', [bytes], { ...bytes, size: -1 }, { ...bytes, pixels: [0, 0, 0, 0, 0] }]) {
      const opened = open({ kind: 'digits', k: 1, tile: 1, drawings });
      await expect(opened).rejects.toThrow(ShapeError);
      await expect(opened).rejects.toThrow(/^drawings must be \{ size, pixels, labels \}/);
    }
    const none = open({
      kind: 'digits',
      k: 1,
      drawings: { size: 4, pixels: Uint8Array.of(), labels: Uint8Array.of() },
    });
    await expect(none).rejects.toThrow(DataError);
    await expect(none).rejects.toThrow(/no drawings/);
  });

  it('keeps a fixed training set for training only', async () => {
    const { train, validation } = await openPairs({
      kind: 'digits',
      k: 1,
      tile: 2,
      trainingPairs: 20,
      trainingSeed: 3,
    });
    expect([train.pairs, train.mutualInformation, validation.pairs]).toEqual([20, Math.LN10, null]);
  });

  it('divides the rows of two .npy files, of a .jsonl file and of arrays alike', async () => {
    const [x, y] = [numbered(50, 3), numbered(50, 2)];
    const row = ({ data, cols }: Matrix, i: number) => Array.from(data.subarray(i * cols, (i + 1) * cols));
    const lines = Array.from({ length: 50 }, (_, i) => JSON.stringify({ x: row(x, i), y: row(y, i) }));
    await writeFile(join(folder, 'x.npy'), writeNpy(x));
    await writeFile(join(folder, 'y.npy'), writeNpy(y));
    await writeFile(join(folder, 'rows.jsonl'), lines.join('\n'));
    const opened = await Promise.all([
      openPairs({ kind: 'npy', x: join(folder, 'x.npy'), y: join(folder, 'y.npy') }),
      openPairs({ kind: 'jsonl', file: join(folder, 'rows.jsonl') }),
      openPairs({ kind: 'arrays', pairs: { x, y } }),
    ]);
    const batches = await Promise.all(opened.map(({ test }) => readBatches(test, 1, { batch: 10, seed: 1 })));
    expect(batches[1]).toEqual(batches[0]);
    expect(batches[2]).toEqual(batches[0]);
    expect([...new Set(batches[0][0].x)].sort((a, b) => a - b)).toEqual([4, 9, 14, 19, 24, 29, 34, 39, 44, 49]);
  });

  it('reads halves, frames and views of a folder, and notes what was skipped', async () => {
    for (let i = 0; i < 10; i++) {
      await writeFile(join(folder, `photo${i}.jpg`), caseFile('D5', i % 2 ? 'jpeg_orient1' : 'jpeg_orient6'));
    }
    const halves = await openPairs({ kind: 'halves', folder, tile: 4 });
    expect([halves.train.pairs, halves.validation.pairs, halves.train.xDim]).toEqual([6, 2, 8]);
    expect(halves.notes).toEqual([`${folder}: 10 images, 3 other entries skipped`]);
    const frames = await openPairs({ kind: 'frames', folder, tile: 4, channels: 3 });
    expect([frames.train.pairs, frames.validation.pairs, frames.test.pairs, frames.train.xDim]).toEqual([5, 1, 1, 48]);
    const views = await openPairs({ kind: 'views', folder, tile: 4, noise: 0, crop: 1 });
    const [{ x, y }] = await readBatches(views.test, 1, { batch: 2, seed: 0 });
    expect(x).toEqual(y);
  });

  it('refuses files that are missing, and sides that do not fit', async () => {
    const missing = openPairs({ kind: 'jsonl', file: join(folder, 'nowhere.jsonl') });
    await expect(missing).rejects.toThrow(DataError);
    await expect(missing).rejects.toThrow(/nowhere\.jsonl/);
    await expect(openPairs({ kind: 'npy', x: join(folder, 'no.npy'), y: 'no.npy' })).rejects.toThrow(/no\.npy/);
    await expect(openPairs({ kind: 'arrays', pairs: { x: numbered(3, 1), y: numbered(2, 1) } })).rejects.toThrow(
      /3 rows.*2/,
    );
  });

  it('D4: a bad row of a file is refused by file, line and field', async () => {
    await writeFile(join(folder, 'bad.jsonl'), '{"x":[1],"y":[2]}\n{"x":[1],"y":[null]}\n');
    await expect(openPairs({ kind: 'jsonl', file: join(folder, 'bad.jsonl') })).rejects.toThrow(
      /bad\.jsonl: line 2: field y\[0\]/,
    );
  });
});
