import { OptionsError } from '../wasm/errors.js';
import type { Image } from './image.js';

/**
 * Area averaging: every new pixel is the mean of what lies under it, pixels cut by its edge counted by the part that is
 * inside. Halving 28 x 28 to 14 x 14 averages 2 x 2 blocks. Enlarging repeats pixels. The image's mean is kept.
 *
 * @throws {OptionsError} on a size that is no whole number from 1
 */
export function resizeImage(image: Image, width: number, height: number): Image {
  for (const size of [width, height]) {
    if (!Number.isSafeInteger(size) || size < 1)
      throw new OptionsError(`an image's side must be a whole number from 1, got ${size}`);
  }
  if (width === image.width && height === image.height) return image;
  const { channels } = image;
  // The lines of an axis lie `stride` numbers apart: first pixels within a row, then rows within the image.
  const narrow = averageAxis(image.data, image.height, image.width, width, channels);
  const data = averageAxis(narrow, 1, image.height, height, width * channels);
  return { width, height, channels, data };
}

/**
 * Cuts the largest part with the shape `width` : `height` out of the middle.
 */
export function cropToShape(image: Image, width: number, height: number): Image {
  const scale = Math.min(image.width / width, image.height / height);
  const w = Math.max(1, Math.min(image.width, Math.round(width * scale)));
  const h = Math.max(1, Math.min(image.height, Math.round(height * scale)));
  return cropImage(image, Math.floor((image.width - w) / 2), Math.floor((image.height - h) / 2), w, h);
}

/** The part of an image that begins at column `left` and row `top`; it must lie inside. */
export function cropImage(image: Image, left: number, top: number, width: number, height: number): Image {
  if (width === image.width && height === image.height) return image;
  const { channels } = image;
  const data = new Float32Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    const start = ((top + row) * image.width + left) * channels;
    data.set(image.data.subarray(start, start + width * channels), row * width * channels);
  }
  return { width, height, channels, data };
}

/** `outer` blocks of `from` lines of `stride` numbers each become `outer` blocks of `to` lines. */
function averageAxis(data: Float32Array, outer: number, from: number, to: number, stride: number): Float32Array {
  if (from === to) return data;
  const out = new Float32Array(outer * to * stride);
  const { ends, lines, weights } = axisSpans(from, to);
  for (let block = 0, at = 0; block < outer; block++) {
    for (let target = 0, start = 0; target < to; start = ends[target++]) {
      for (let i = 0; i < stride; i++) {
        let sum = 0;
        for (let s = start; s < ends[target]; s++) sum += weights[s] * data[(block * from + lines[s]) * stride + i];
        out[at++] = sum;
      }
    }
  }
  return out;
}

/** Which old lines make up each new one: the entries before `ends[target]`, from where the target before it ended. */
interface AxisSpans {
  readonly ends: readonly number[];
  readonly lines: readonly number[];
  /** Those of one target sum to 1. */
  readonly weights: readonly number[];
}

/** In whole numbers until the last division. */
function axisSpans(from: number, to: number): AxisSpans {
  const [ends, lines, weights]: number[][] = [[], [], []];
  for (let target = 0; target < to; target++) {
    const start = target * from;
    const end = start + from;
    for (let line = Math.floor(start / to); line * to < end; line++) {
      lines.push(line);
      weights.push((Math.min(end, (line + 1) * to) - Math.max(start, line * to)) / from);
    }
    ends.push(lines.length);
  }
  return { ends, lines, weights };
}
