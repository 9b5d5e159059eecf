import { DataError } from '../wasm/errors.js';
import { type Matrix, matrix } from '../wasm/matrix.js';
import { type ImageRows, imageShape } from './image-rows.js';
import type { Pairs } from './pairs.js';
import { cropImage } from './resize.js';
import { rowRange } from './row-splits.js';

/**
 * Pairs of the left half of an image (x) and its right half (y). Of an odd width the middle column is left out.
 *
 * @throws {DataError} on images one pixel wide
 */
export function halfPairs(images: ImageRows): Pairs {
  const half = Math.floor(images.width / 2);
  if (half === 0) throw new DataError(`images must be at least 2 pixels wide to have halves, got ${images.width}`);
  const shape = imageShape(images, half);
  return {
    x: columns(images, 0, half),
    y: columns(images, images.width - half, half),
    xShape: shape,
    yShape: shape,
  };
}

/** Pairs of an image (x) and the one after it (y): one pair fewer than there are images. */
export function framePairs(images: ImageRows): Pairs {
  const { rows } = images;
  const pairs = Math.max(0, rows.rows - 1);
  const shape = imageShape(images);
  return {
    x: rowRange(rows, 0, pairs),
    y: rowRange(rows, rows.rows - pairs, rows.rows),
    xShape: shape,
    yShape: shape,
  };
}

/** Of every image the `width` columns of pixels from `left` on. */
function columns({ rows, width: fullWidth, height, channels }: ImageRows, left: number, width: number): Matrix {
  const cols = width * height * channels;
  const data = new Float32Array(rows.rows * cols);
  for (let i = 0; i < rows.rows; i++) {
    const image = { width: fullWidth, height, channels, data: rowRange(rows, i, i + 1).data };
    data.set(cropImage(image, left, 0, width, height).data, i * cols);
  }
  return matrix(data, rows.rows, cols);
}
