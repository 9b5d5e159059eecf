import { ShapeError } from './errors.js';

/** One axis of images, and how a kernel moves over it. */
export interface WindowAxis {
  /** Pixels. */
  readonly size: number;
  /** Taps of the kernel. */
  readonly kernel: number;
  /** Pixels from one position to the next. */
  readonly stride: number;
  /** Pixels from one tap to the next. */
  readonly dilation: number;
  /** Zeros ahead of the first pixel; as many as needed follow the last. */
  readonly before: number;
  /** Positions, the output's size. */
  readonly positions: number;
}

/** A kernel over images `[image, row, column, channel]`. */
export interface ImageWindow {
  readonly rows: WindowAxis;
  readonly cols: WindowAxis;
  /** Channels of the images. */
  readonly depth: number;
}

/** Images and their outputs on the way through the module. */
export interface ImagePasses {
  /** Numbers of the images, and of the outputs, that are in the module at a time. */
  readonly inputs: number;
  readonly outputs: number;
  /** All images, in order. */
  readonly passes: readonly ImagePass[];
}

/** Some images at a time. */
export interface ImagePass {
  readonly count: number;
  /** Their part of the images. */
  readonly inputs: Float32Array;
  /** Their part of the outputs. */
  readonly outputs: Float32Array;
}

/** Images that are in the module at a time, with their outputs: 1 MiB stays in a cache. */
const NUMBERS_AT_ONCE = 1 << 18;

/**
 * How images and their outputs, with a number of channels, go through the module: 1 MiB of them at a time, or one image.
 *
 * @throws {ShapeError} where the window has no place on an image, or lengths are not those of it and of the same number
 *   of images
 */
export function imagePasses(
  window: ImageWindow,
  channels: number,
  images: Float32Array,
  outputs: Float32Array,
): ImagePasses {
  const { rows, cols, depth } = window;
  const each = rows.size * cols.size * depth;
  const eachOutput = rows.positions * cols.positions * channels;
  if (rows.positions < 1 || cols.positions < 1) {
    const sizes = `${rows.kernel} x ${cols.kernel} has no place on images of ${rows.size} x ${cols.size}`;
    throw new ShapeError(`a filter of ${sizes} pixels: pad them, or take a smaller filter`);
  }
  const count = images.length / each;
  if (!Number.isInteger(count) || outputs.length !== count * eachOutput) {
    const found = `${images.length} numbers of images and ${outputs.length} of outputs`;
    throw new ShapeError(`${found} are no images of ${each} numbers with outputs of ${eachOutput}`);
  }
  const step = Math.max(1, Math.min(count, Math.floor(NUMBERS_AT_ONCE / (each + eachOutput))));
  return { inputs: step * each, outputs: step * eachOutput, passes: passesOf(step, { images, outputs, count }) };
}

function passesOf(
  step: number,
  { images, outputs, count }: { images: Float32Array; outputs: Float32Array; count: number },
): readonly ImagePass[] {
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => {
    const [first, end] = [index * step, Math.min(count, (index + 1) * step)];
    const part = (all: Float32Array): Float32Array =>
      all.subarray((first * all.length) / count, (end * all.length) / count);
    return { count: end - first, inputs: part(images), outputs: part(outputs) };
  });
}

/**
 * Checks a filter with as many outputs of each channel it reads.
 *
 * @throws {ShapeError} where it has another length
 */
export function checkFilter({ rows, cols, depth }: ImageWindow, outputs: number, filter: Float32Array): void {
  const sizes = [rows.kernel, cols.kernel, depth, outputs];
  if (filter.length === sizes.reduce((product, size) => product * size, 1)) return;
  throw new ShapeError(`a filter of ${filter.length} numbers, expected ${sizes.join(' x ')}`);
}

/** A window as the module reads it. */
export function windowWords({ rows, cols, depth }: ImageWindow): readonly number[] {
  return [...axisWords(rows), ...axisWords(cols), depth];
}

function axisWords({ size, kernel, stride, dilation, before, positions }: WindowAxis): readonly number[] {
  return [size, kernel, stride, dilation, before, positions];
}
