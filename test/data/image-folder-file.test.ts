import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readImageFolder } from '../../ts/data/image-folder-file.js';
import { DataError } from '../../ts/wasm/errors.js';
import { caseFile } from './case-files.js';

let folder: string;

async function put(files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kantorovich-images-'));
});

afterEach(() => rm(folder, { recursive: true }));

describe('readImageFolder', () => {
  it('D5: stray files are skipped and counted, hidden ones and folders inside are not read', async () => {
    await mkdir(join(folder, 'sub'));
    await put({
      'a.png': caseFile('D5', 'gray8'),
      'B.JPG': caseFile('D5', 'jpeg_orient1'),
      'c.jpeg': caseFile('D5', 'jpeg_orient6'),
      '.DS_Store': 'x',
      'Thumbs.db': 'x',
      '._a.png': caseFile('D5', 'gray8'),
      'notes.txt': 'x',
      'empty.png': '',
      'fake.png': 'hello',
      'sub/d.png': caseFile('D5', 'gray8'),
    });
    const images = await readImageFolder(folder, { tile: 2, channels: 1, damaged: 'skip' });
    expect(images.names).toEqual(['a.png', 'B.JPG', 'c.jpeg']);
    expect(images.skipped).toEqual({ damaged: ['empty.png', 'fake.png'], stray: 2 });
    expect(images.rows).toMatchObject({ rows: 3, cols: 4 });
    // The middle squares: of a one pixel high image one pixel; half black, half white of the photos.
    const expected = [0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1];
    images.rows.data.forEach((value, i) => {
      expect(Math.abs(value - expected[i])).toBeLessThan(2 / 255);
    });
    const refusing = readImageFolder(folder, { tile: 2, channels: 1, damaged: 'refuse' });
    await expect(refusing).rejects.toThrow(/empty\.png|fake\.png/);
  });

  it('orders more files than are read at once by their numbers', async () => {
    const names = Array.from({ length: 21 }, (_, i) => `frame${i}.png`);
    await put(
      Object.fromEntries(names.map((name) => [name, caseFile('D5', name === 'frame10.png' ? 'gray1' : 'gray8')])),
    );
    const images = await readImageFolder(folder, { tile: null, channels: 1, damaged: 'refuse' });
    expect(images.names).toEqual(names);
    expect(Array.from(images.rows.data).indexOf(1)).toBe(10 * 2 + 1);
  });

  it('refuses different sizes where none is asked for, naming both images', async () => {
    await put({ 'a.png': caseFile('D5', 'gray8'), 'b.jpg': caseFile('D5', 'jpeg_orient1') });
    const reading = readImageFolder(folder, { tile: null, channels: 1, damaged: 'skip' });
    await expect(reading).rejects.toThrow(DataError);
    await expect(reading).rejects.toThrow(/a\.png is 2 x 1, b\.jpg 16 x 8/);
  });

  it('refuses a folder without images, and one that is not there', async () => {
    await put({ 'notes.txt': 'x' });
    const options = { tile: 2, channels: 1, damaged: 'skip' } as const;
    await expect(readImageFolder(folder, options)).rejects.toThrow(/found none \(0 damaged, 1 other/);
    await expect(readImageFolder(join(folder, 'nowhere'), options)).rejects.toThrow(DataError);
  });
});
