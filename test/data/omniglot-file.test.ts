import { createHash } from 'node:crypto';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { drawingsOfSize } from '../../ts/data/drawings.js';
import { loadOmniglot, splitByDrawer } from '../../ts/data/omniglot-file.js';
import { openPairs } from '../../ts/data/open-pairs.js';
import type { Split } from '../../ts/data/pair-source.js';
import { collectPairs } from '../../ts/data/pairs.js';
import { DataError, OptionsError } from '../../ts/wasm/errors.js';
import { omniglotFolder } from '../support/omniglot-folder.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const temporary = temporaryFolder();
const SIZES = [3, 2];
const DRAWERS = 20;
const INDEX = 'omniglot-small.json';

/** A folder like the real one: two alphabets of 3 and 2 characters, every image one grey that says which it is. */
async function smallFolder(): Promise<string> {
  const images = (SIZES[0] + SIZES[1]) * DRAWERS;
  const pixels = Uint8Array.from({ length: images * 784 }, (_, i) => Math.floor(i / 784));
  const alphabets = SIZES.map((characters, i) => ({
    name: `alphabet ${i}`,
    characters,
    first_image: i * SIZES[0] * DRAWERS,
  }));
  const g28 = {
    file: 'images.gz',
    bytes: pixels.length,
    sha256_raw: createHash('sha256').update(pixels).digest('hex'),
  };
  const index = { image_shape: [28, 28], drawers_per_character: DRAWERS, alphabets, g28 };
  await writeFile(join(temporary(), INDEX), JSON.stringify(index));
  await writeFile(join(temporary(), 'images.gz'), gzipSync(pixels));
  return temporary();
}

describe('loadOmniglot', () => {
  it('reads alphabets by character and drawer', async () => {
    const alphabets = await loadOmniglot(await smallFolder());
    expect(alphabets.map(({ name }) => name)).toEqual(['alphabet 0', 'alphabet 1']);
    const [, { drawings }] = alphabets;
    expect([...drawings.labels]).toEqual([...Array(20).fill(0), ...Array(20).fill(1)]);
    // Image 60 of all is the first of the second alphabet.
    expect([drawings.pixels[0], drawings.pixels[784 * 39]]).toEqual([60, 99]);
  });

  it('shares the sum of the logarithms of the alphabets, and tells what is shown', async () => {
    const { train, test } = await openPairs({
      kind: 'omniglot',
      alphabets: 2,
      layout: 'stack',
      dataDir: await smallFolder(),
      tile: 4,
    });
    expect(train.mutualInformation).toBeCloseTo(Math.log(3 * 2), 12);
    expect([train.labelSizes, train.xDim]).toEqual([SIZES, 2 * 16]);
    const { x, y, labels = new Uint8Array() } = await collectPairs(test, 300, 1);
    for (let i = 0; i < 300; i++) {
      for (const [cell, size] of SIZES.entries()) {
        const character = (grey: number) => Math.floor((Math.round(grey * 255) - 60 * cell) / DRAWERS);
        expect(character(x.data[i * 32 + cell])).toBe(labels[i * 2 + cell]);
        expect(character(y.data[i * 32 + cell])).toBe((labels[i * 2 + cell] + 1) % size);
      }
    }
  });

  it('never shows a drawer of one part in another: 1 to 12 train, 13 to 15 choose, 16 to 20 test', async () => {
    const opened = await openPairs({ kind: 'omniglot', alphabets: 1, dataDir: await smallFolder(), tile: 1 });
    const drawersOf = async (split: Split) => {
      const { x, y } = await collectPairs(opened[split], 600, 3);
      return [...new Set([...x.data, ...y.data].map((grey) => Math.round(grey * 255) % DRAWERS))].sort((a, b) => a - b);
    };
    expect(await drawersOf('train')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(await drawersOf('validation')).toEqual([12, 13, 14]);
    expect(await drawersOf('test')).toEqual([15, 16, 17, 18, 19]);
  });

  it('names what is missing, cut short or changed, and what to do', async () => {
    const folder = await smallFolder();
    await expect(loadOmniglot(join(folder, 'elsewhere'))).rejects.toThrow(
      /elsewhere.omniglot-small\.json \(ENOENT\): expected the folder/,
    );
    const [index, images] = await Promise.all([INDEX, 'images.gz'].map((name) => readFile(join(folder, name))));
    const other = gzipSync(new Uint8Array(SIZES[0] * 784));
    const altered = gzipSync(new Uint8Array(100 * 784));
    for (const [bytes, message] of [
      [images.subarray(0, images.length - 9), /images\.gz is no whole gzip file/],
      [other, /images\.gz holds 2352 bytes, the index says 78400/],
      [altered, /images\.gz are not those that the index names/],
    ] as const) {
      await writeFile(join(folder, 'images.gz'), bytes);
      await expect(loadOmniglot(folder)).rejects.toThrow(DataError);
      await expect(loadOmniglot(folder)).rejects.toThrow(message);
    }
    await rm(join(folder, 'images.gz'));
    await expect(loadOmniglot(folder)).rejects.toThrow(/images\.gz \(ENOENT\)/);
    for (const text of ['{', '[]', index.toString().replace('"characters":3', '"characters":4')]) {
      await writeFile(join(folder, INDEX), text);
      await expect(loadOmniglot(folder)).rejects.toThrow(/is not the index/);
    }
  });

  it('refuses more cells than there are alphabets, with digits as one more', async () => {
    const dataDir = await smallFolder();
    const open = (alphabets: number) => openPairs({ kind: 'omniglot', alphabets, dataDir, layout: 'stack' });
    await expect(open(4)).rejects.toThrow(OptionsError);
    await expect(open(4)).rejects.toThrow(/2 alphabets.*got 4 cells/);
    const { train } = await open(3);
    expect(train.labelSizes).toEqual([...SIZES, 10]);
  });
});

describe.skipIf(omniglotFolder === null)('the compact Omniglot itself (shared/data/omniglot)', () => {
  const dataDir = omniglotFolder ?? '';

  it.each([
    [1, 3.8501],
    [4, 14.5348],
    [9, 29.1178],
  ])('shares %d cells: %d nats', async (alphabets, nats) => {
    const { train } = await openPairs({ kind: 'omniglot', alphabets, dataDir });
    expect(train.mutualInformation).toBeCloseTo(nats, 3);
    expect(train.xDim).toBe(alphabets * 14 * 14);
    expect(train.labelSizes).toEqual([47, 42, 40, 26, 24, 24, 22, 17, 10].slice(0, alphabets));
  });

  it('is what its maker measured: nearest pixels across drawers find .434 of katakana', async () => {
    const [{ name, drawings }] = await loadOmniglot(dataDir);
    expect(name).toBe('Japanese_(katakana)');
    const whole = drawingsOfSize(drawings, 28);
    const [train, validation, test] = (['train', 'validation', 'test'] as const).map((split) =>
      splitByDrawer(whole, split),
    );
    const known = train.classes.map((members, c) => [...members, ...validation.classes[c]]);
    const distance = (a: number, b: number) => {
      let sum = 0;
      for (let i = 0; i < 784; i++) sum += (whole.pixels[a * 784 + i] - whole.pixels[b * 784 + i]) ** 2;
      return sum;
    };
    let [right, all] = [0, 0];
    test.classes.forEach((members, c) => {
      for (const drawing of members) {
        const best = known.map((others) => Math.min(...others.map((other) => distance(drawing, other))));
        right += best.indexOf(Math.min(...best)) === c ? 1 : 0;
        all += 1;
      }
    });
    expect((100 * right) / all).toBeCloseTo(43.4, 1);
  });

  it('is refused when cut short', async () => {
    await cp(dataDir, temporary(), { recursive: true });
    const path = join(temporary(), 'omniglot-small-28x28.u8.gz');
    const bytes = await readFile(path);
    await rm(path, { force: true });
    await writeFile(path, bytes.subarray(0, bytes.length / 2));
    await expect(loadOmniglot(temporary())).rejects.toThrow(/no whole gzip file/);
  });
});
