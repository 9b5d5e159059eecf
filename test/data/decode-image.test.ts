import { describe, expect, it } from 'vitest';
import { imageDecoder } from '../../ts/data/decode-image.js';
import { DataError } from '../../ts/wasm/errors.js';
import { caseFile, containers } from './case-files.js';

/** Expected pixels in units of 255; the case allows 2. */
function expectPixels(found: Float32Array, expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(found[i] * 255 - value), `number ${i}: ${found[i] * 255} for ${value}`).toBeLessThanOrEqual(2);
  });
}

const [red, blue] = [
  [255, 0, 0],
  [0, 0, 255],
];

describe('imageDecoder', () => {
  it.each([
    ['gray8', [0, 0, 0, 200, 200, 200]],
    ['gray1', [0, 0, 0, 255, 255, 255]],
    ['gray16', [128.5, 128.5, 128.5, 1, 1, 1]],
    ['rgb8', [...red, ...blue]],
    ['palette1', [10, 20, 30, 200, 100, 50]],
    // Over black: nothing of what is transparent, half of what is half so.
    ['gray_alpha8', [0, 0, 0, 200, 200, 200]],
    ['rgba8', [...red, 0, 0, 128]],
    ['palette1_tRNS', [0, 0, 0, 200, 100, 50]],
  ])('D5: %s keeps its colours and channels', async (name, expected) => {
    const decode = await imageDecoder({ channels: 3 });
    for (const bytes of containers(caseFile('D5', name))) {
      const { width, height, channels, data } = await decode(bytes);
      expect([width, height, channels]).toEqual([2, 1, 3]);
      expectPixels(data, expected);
    }
  });

  it.each([
    ['gray8', [0, 200]],
    ['gray1', [0, 255]],
    ['gray16', [128.5, 1]],
    ['rgb8', [0.299 * 255, 0.114 * 255]],
    ['palette1', [18.15, 124.2]],
  ])('D5: %s in grey is the luma of its colours', async (name, expected) => {
    const { channels, data } = await (await imageDecoder({ channels: 1 }))(caseFile('D5', name));
    expect(channels).toBe(1);
    expectPixels(data, expected);
  });

  it('D5: alpha blends over the background that is asked for', async () => {
    const decode = await imageDecoder({ channels: 3, background: [0, 255, 0] });
    expectPixels((await decode(caseFile('D5', 'palette1_tRNS'))).data, [0, 255, 0, 200, 100, 50]);
    expectPixels((await decode(caseFile('D5', 'rgba8'))).data, [...red, 0, 127, 128]);
    expectPixels((await decode(caseFile('D5', 'gray_alpha8'))).data, [0, 254, 0, 200, 200, 200]);
  });

  it('D5: photos are turned upright by their EXIF data', async () => {
    const decode = await imageDecoder({ channels: 1 });
    const lying = await decode(caseFile('D5', 'jpeg_orient1'));
    expect([lying.width, lying.height]).toEqual([16, 8]);
    expectPixels(
      lying.data,
      Array.from({ length: 128 }, (_, i) => (i % 16 < 8 ? 0 : 255)),
    );
    const standing = await decode(caseFile('D5', 'jpeg_orient6'));
    expect([standing.width, standing.height]).toEqual([8, 16]);
    expectPixels(
      standing.data,
      Array.from({ length: 128 }, (_, i) => (i < 64 ? 0 : 255)),
    );
  });

  it('refuses what is no PNG or JPEG, and images cut short', async () => {
    const decode = await imageDecoder({ channels: 1 });
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="2" height="1"/>');
    for (const bytes of [new Uint8Array(0), Buffer.from('hello'), svg]) {
      await expect(decode(bytes)).rejects.toThrow(DataError);
    }
    await expect(decode(caseFile('D5', 'rgb8').subarray(0, 45))).rejects.toThrow(DataError);
  });
});
