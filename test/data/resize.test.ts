import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Image } from '../../ts/data/image.js';
import { cropImage, cropToShape, resizeImage } from '../../ts/data/resize.js';
import { OptionsError } from '../../ts/wasm/errors.js';
import { seededRandom } from '../support/random.js';

const side = fc.integer({ min: 1, max: 17 });
const channels = fc.constantFrom<1 | 3>(1, 3);

function noise(seed: number, width: number, height: number, channels: 1 | 3): Image {
  const random = seededRandom(seed);
  const data = Float32Array.from({ length: width * height * channels }, () => Math.fround(random.uniform()));
  return { width, height, channels, data };
}

/** Each new pixel as the mean of the lcm-fine grid under it: the definition, without fractions of pixels. */
function finelyAveraged(image: Image, width: number, height: number, row: number, col: number, c: number): number {
  let sum = 0;
  for (let i = 0; i < image.height; i++) {
    for (let j = 0; j < image.width; j++) {
      const y = Math.floor((row * image.height + i) / height);
      const x = Math.floor((col * image.width + j) / width);
      sum += image.data[(y * image.width + x) * image.channels + c];
    }
  }
  return sum / (image.width * image.height);
}

describe('resizeImage', () => {
  it('is the mean of what lies under each new pixel', () => {
    fc.assert(
      fc.property(fc.nat(), side, side, side, side, channels, (seed, w, h, width, height, channels) => {
        const image = noise(seed, w, h, channels);
        const { data } = resizeImage(image, width, height);
        expect(data).toHaveLength(width * height * channels);
        data.forEach((value, i) => {
          const [pixel, c] = [Math.floor(i / channels), i % channels];
          const expected = finelyAveraged(image, width, height, Math.floor(pixel / width), pixel % width, c);
          expect(Math.abs(value - expected)).toBeLessThan(1e-6);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('averages 2 x 2 blocks from 28 x 28 to 14 x 14', () => {
    const image = noise(4, 28, 28, 1);
    const { data } = resizeImage(image, 14, 14);
    const block = [0, 1, 28, 29].map((offset) => image.data[2 * 28 * 3 + 2 * 5 + offset]);
    expect(data[3 * 14 + 5]).toBeCloseTo(block.reduce((sum, value) => sum + value, 0) / 4, 6);
  });

  it.each([0, -2, 1.5, Number.NaN])('refuses the side %d', (size) => {
    expect(() => resizeImage(noise(1, 4, 4, 1), size, 4)).toThrow(OptionsError);
    expect(() => resizeImage(noise(1, 4, 4, 1), 4, size)).toThrow(OptionsError);
  });
});

describe('cropImage', () => {
  it('keeps the pixels of the part asked for', () => {
    const image = noise(2, 5, 4, 3);
    const { data } = cropImage(image, 1, 2, 3, 2);
    for (const [row, col, c] of [
      [0, 0, 0],
      [1, 2, 2],
      [0, 1, 1],
    ]) {
      expect(data[(row * 3 + col) * 3 + c]).toBe(image.data[((row + 2) * 5 + col + 1) * 3 + c]);
    }
  });
});

describe('cropToShape', () => {
  it('takes the largest middle part of that shape', () => {
    const wide = cropToShape(
      { width: 5, height: 2, channels: 1, data: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9) },
      1,
      1,
    );
    expect(wide).toEqual({ width: 2, height: 2, channels: 1, data: Float32Array.of(1, 2, 6, 7) });
    const tall = cropToShape({ width: 1, height: 3, channels: 1, data: Float32Array.of(0, 1, 2) }, 7, 7);
    expect(tall.data).toEqual(Float32Array.of(1));
  });
});
