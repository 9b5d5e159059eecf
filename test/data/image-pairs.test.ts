import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { framePairs, halfPairs } from '../../ts/data/image-pairs.js';
import type { ImageRows } from '../../ts/data/image-rows.js';
import { DataError } from '../../ts/wasm/errors.js';

/** Images whose every number says where it stands: image, row, column, channel. */
function placedImages(count: number, width: number, height: number, channels: 1 | 3): ImageRows {
  const cols = width * height * channels;
  const data = Float32Array.from({ length: count * cols }, (_, i) => i);
  return { width, height, channels, rows: { data, rows: count, cols } };
}

describe('halfPairs', () => {
  it('gives the left columns as x, the right ones as y, without the middle of an odd width', () => {
    const side = fc.integer({ min: 2, max: 9 });
    fc.assert(
      fc.property(fc.nat(4), side, side, fc.constantFrom<1 | 3>(1, 3), (count, width, height, channels) => {
        const images = placedImages(count, width, height, channels);
        const half = Math.floor(width / 2);
        const { x, y } = halfPairs(images);
        const columnOf = (place: number) => Math.floor((place % (width * channels)) / channels);
        const kept = (isKept: (column: number) => boolean) =>
          images.rows.data.filter((place) => isKept(columnOf(place)));
        expect(x).toEqual({ data: kept((column) => column < half), rows: count, cols: half * height * channels });
        expect(y.data).toEqual(kept((column) => column >= width - half));
      }),
    );
  });

  it('refuses images one pixel wide', () => {
    expect(() => halfPairs(placedImages(2, 1, 3, 1))).toThrow(DataError);
  });
});

describe('framePairs', () => {
  it('pairs each frame with the next one', () => {
    const { x, y } = framePairs(placedImages(4, 2, 1, 1));
    expect(x).toEqual({ data: Float32Array.of(0, 1, 2, 3, 4, 5), rows: 3, cols: 2 });
    expect(y).toEqual({ data: Float32Array.of(2, 3, 4, 5, 6, 7), rows: 3, cols: 2 });
  });

  it('gives no pair of one image or none', () => {
    expect([0, 1].map((count) => framePairs(placedImages(count, 2, 1, 1)).x.rows)).toEqual([0, 0]);
    expect([0, 1].map((count) => framePairs(placedImages(count, 2, 1, 1)).y.rows)).toEqual([0, 0]);
  });
});
