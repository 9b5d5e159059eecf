import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDigits } from '../../ts/data/digits-file.js';
import type { DrawingBytes } from '../../ts/data/drawings.js';

let cacheFolder: string;
let digits: DrawingBytes;

/** The one file in the cache. */
async function cacheFile(): Promise<string> {
  const names = await readdir(cacheFolder);
  expect(names).toHaveLength(1);
  return join(cacheFolder, names[0]);
}

/** Compared as bytes: a report of where eight million numbers differ takes minutes. */
function expectDigits({ size, pixels, labels }: DrawingBytes): void {
  expect(size).toBe(digits.size);
  for (const [found, expected] of [
    [pixels, digits.pixels],
    [labels, digits.labels],
  ]) {
    expect(found.constructor).toBe(Uint8Array);
    expect(Buffer.compare(found, expected)).toBe(0);
  }
}

beforeAll(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'kantorovich-digits-'));
  digits = await loadDigits({ cacheFolder });
});

afterAll(() => rm(cacheFolder, { recursive: true }));

describe('loadDigits', () => {
  it('has ten thousand drawings of ten uneven classes', () => {
    const counts = Array.from({ length: 10 }, (_, digit) => digits.labels.filter((label) => label === digit).length);
    expect(counts).toEqual([1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]);
    expect(digits.pixels).toHaveLength(10_000 * 28 * 28);
  });

  it('keeps every pixel of the package', async () => {
    const file = createRequire(import.meta.url).resolve('mnist/src/digits/9.json');
    const { data }: { data: readonly number[] } = JSON.parse(await readFile(file, 'utf8'));
    const pixels = digits.pixels.subarray(digits.labels.indexOf(9) * 784);
    expect(pixels).toHaveLength(data.length);
    // The package rounds to three decimals; bytes lie 1 / 255 = 0.0039 apart.
    expect(data.every((value, i) => Math.abs(value - pixels[i] / 255) < 0.00051)).toBe(true);
  });

  it('is read from the cache the second time, as bytes, and left alone there', async () => {
    const path = await cacheFile();
    const { mtimeMs, size } = await stat(path);
    expect(size).toBeLessThan(8_000_000);
    expectDigits(await loadDigits({ cacheFolder }));
    expect((await stat(path)).mtimeMs).toBe(mtimeMs);
  });

  it('P3: is built anew from a cache that is cut short, changed or empty, and leaves no other file', async () => {
    const path = await cacheFile();
    const intact = await readFile(path);
    const changed = Buffer.from(intact);
    changed[4_000_000] ^= 1;
    for (const damaged of [intact.subarray(0, 1_000_000), changed, Buffer.alloc(0)]) {
      await writeFile(path, damaged);
      expectDigits(await loadDigits({ cacheFolder }));
      expect((await readFile(await cacheFile())).equals(intact)).toBe(true);
    }
  });

  it('works where no cache can be written', async () => {
    const file = join(cacheFolder, (await readdir(cacheFolder))[0]);
    expectDigits(await loadDigits({ cacheFolder: join(file, 'folder-in-a-file') }));
  });
});
